"""Mending what blocking has to do with, by `upc` as a process: its dead letters, and lists that no prison confirms."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from deploy.local.keycloak import Identity
from shared.events import topics
from shared.runtime.settings import Settings
from tests.blocking.support_http import in_the_picture
from tests.blocking.test_service import Estate, estate, number
from tests.support.metrics import becomes, value
from tests.support.outside import Outside, Seen
from tests.support.running import HandClock
from tests.support.upc import WHO, Upc, upc
from tests.support.waiting import PATIENCE

__all__ = ["estate", "number"]
DEAD, LISTS = topics.dead_letters("blocking").name, topics.BLOCK_LISTS.name
ACKNOWLEDGED = topics.INBOUND_ACKNOWLEDGEMENTS.name


@pytest.fixture
def robin(settings: Settings, http: httpx.AsyncClient, identity: Identity) -> Upc:
    """Runs the machines."""
    return upc(settings, identity.clients["sre"], blocking=str(http.base_url))


async def set_aside(party: Outside, number: str) -> Seen:
    """The letter about this prisoner's acknowledgement."""
    found = await party.wait(DEAD, lambda letter: letter.key == number and ACKNOWLEDGED in letter.headers[FROM])
    return found[-1]


FROM = "dead-letter-from"


async def becomes_version(http: httpx.AsyncClient, number: str, version: int) -> None:
    """Returns once the picture has that version of the list."""
    async with asyncio.timeout(PATIENCE):
        while (await http.get(f"/api/v1/prisoners/{number}/block-list")).json()["version"] != version:
            await asyncio.sleep(0.02)


async def test_a_dead_letter_is_seen_replayed_once_and_its_event_counts_then(
    estate: Estate, party: Outside, robin: Upc
) -> None:
    """An acknowledgement that overtook its list was refused; the second time it is true (R13)."""
    await estate.acknowledge(1)
    place = (await set_aside(party, estate.number)).headers[FROM]
    await estate.authorised()
    listed = (await robin("dead-letters", "list", "--service", "blocking", "--json")).data
    (letter,) = [row for row in listed if row["came_from"] == place]
    assert (letter["type"], letter["reason"]) == (
        "upc.inbound.block-acknowledgement",
        "there is no such version of the list",
    )
    assert estate.number not in str(letter)

    whole = await robin(
        "dead-letters", "show", letter["letter"], "--whole", "--json", "--reason", "which version it was"
    )
    assert '"version": 1' in whole.data["value"]

    replayed = await robin(
        "dead-letters", "replay", letter["letter"], "--yes", "--json", "--reason", "it came too early"
    )
    assert (replayed.code, replayed.data) == (0, [{"letter": letter["letter"], "outcome": "replayed"}])
    assert (await estate.said("upc.block.implemented"))["version"] == 1
    again = await robin("dead-letters", "replay", letter["letter"], "--yes", "--reason", "once more")
    assert (again.code, again.err) == (2, "upc: there is no such dead letter that waits\n")

    done = [seen.data for seen in await party.by_now(topics.OPERATIONS.name, lambda o: o.key == letter["letter"])]
    assert [(one["did"], one["by"], one["reason"]) for one in done] == [
        ("looked", WHO, "which version it was"),
        ("replayed", WHO, "it came too early"),
    ]


async def test_letters_are_discarded_by_a_filter_with_a_reason_and_never_by_mistake(
    estate: Estate, party: Outside, robin: Upc
) -> None:
    await estate.acknowledge(7)
    await set_aside(party, estate.number)
    meant = ("dead-letters", "discard", "--topic", ACKNOWLEDGED, "--because", "no such version")
    unasked = await robin(*meant, "--reason", "tested")
    assert (unasked.code, "Say --yes if it is meant" in unasked.err) == (2, True)
    discarded = await robin(*meant, "--yes", "--json", "--reason", "tested")
    assert {row["outcome"] for row in discarded.data} == {"discarded"}
    left = (await robin("dead-letters", "list", "--topic", ACKNOWLEDGED, "--because", "no such version", "--json")).data
    assert left == []


async def test_r13_a_list_that_nobody_confirmed_is_found_and_published_again_until_it_is(
    estate: Estate, party: Outside, clock: HandClock, http: httpx.AsyncClient, robin: Upc
) -> None:
    await estate.authorised()
    clock.forward(timedelta(days=7))
    await estate.said("upc.block.unconfirmed", because="overdue")
    reference = (await estate.listed(1))["blocks"][0]["reference"]
    await in_the_picture(http, estate.number)

    wrong = await robin("reconcile", "--json")
    (mine,) = [one for one in wrong.data["differences"] if reference in one["references"]]
    assert (wrong.code, mine["fault"], mine["prison_id"], mine["version"], mine["on_topic"]) == (
        *(1, "unconfirmed", "LEI"),
        *(1, 1),
    )
    assert estate.number not in wrong.out.replace(reference, "")
    assert (await robin("reconcile", "--repair")).err == "upc: say why: --reason\n"

    repaired = await robin("reconcile", "--repair", "--json", "--reason", "the prison missed it")
    assert repaired.data["published_again"] == len(wrong.data["differences"])
    first, second = await party.wait(LISTS, lambda record: record.key == estate.number, count=2)
    assert (first.data, first.id != second.id) == (second.data, True)
    await estate.acknowledge(1)
    await estate.said("upc.block.implemented")
    after = await robin("reconcile", "--json")
    assert [one for one in after.data["differences"] if reference in one["references"]] == []


async def test_r13_r20_lists_of_which_the_topic_has_more_than_the_database_are_found_and_counted_on_from(
    estate: Estate, party: Outside, clock: HandClock, http: httpx.AsyncClient, robin: Upc
) -> None:
    """As after a backup: prisons have version 5 of one list, and version 3 of another of which the database knows nothing."""
    await estate.authorised()
    await estate.acknowledge(1)
    await estate.said("upc.block.implemented")
    ahead, unknown = await estate.listed(1) | {"version": 5}, f"{estate.number[:-1]}L"
    await party.send(LISTS, ahead, estate.number, event_type="upc.block-list.changed")
    lost = ahead | {"version": 3, "prisoner_number": unknown}
    await party.send(LISTS, lost, unknown, event_type="upc.block-list.changed")
    await in_the_picture(http, unknown)
    clock.forward(timedelta(minutes=2))
    reference = ahead["blocks"][0]["reference"]

    wrong = await robin("reconcile", "--json")
    mine = [one for one in wrong.data["differences"] if reference in one["references"]]
    assert sorted((one["fault"], one["version"], one["on_topic"]) for one in mine) == [("ahead", 0, 3), ("ahead", 1, 5)]
    assert unknown not in wrong.out
    await robin("reconcile", "--repair", "--json", "--reason", "back to a backup, and read again")
    assert (await estate.listed(6))["blocks"] == ahead["blocks"]
    await estate.acknowledge(6)
    await party.handled("blocking", ACKNOWLEDGED, estate.number)
    clock.forward(timedelta(minutes=2))
    left = (await robin("reconcile", "--json")).data["differences"]
    assert [one["on_topic"] for one in left if reference in one["references"]] == [3], (
        "nobody here knows what it is about"
    )


@pytest.mark.parametrize("newest", [2, 5])
async def test_r20_a_list_under_a_version_that_prisons_take_for_old_is_told_until_a_person_has_looked(
    newest: int, estate: Estate, party: Outside, clock: HandClock, http: httpx.AsyncClient, robin: Upc
) -> None:
    """As after a backup: a later version protects somebody of whom the database knows nothing, and then 2 is published."""
    before = await value(http, "upc_lists_ahead")
    await estate.authorised()
    listed = await estate.listed(1)
    jane = listed["blocks"][0]
    mary = jane | {"block_id": f"{estate.number}-lost", "name": "Mary Other"}
    await party.send(
        LISTS, listed | {"version": newest, "blocks": [jane, mary]}, estate.number, event_type="upc.block-list.changed"
    )
    await becomes_version(http, estate.number, newest)
    await estate.decide("withdraw")
    await estate.listed(2, blocks=[])
    await becomes(http, lambda lists: lists == before + 1, "upc_lists_ahead")
    clock.forward(timedelta(minutes=2))
    await robin("reconcile", "--repair", "--json", "--reason", "both were withdrawn")
    await estate.listed(max(newest, 3) + 1, blocks=[])
    await becomes(http, lambda lists: lists == before, "upc_lists_ahead")
