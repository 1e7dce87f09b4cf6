"""Transfers at its boundary: events in, reviews and handovers out."""

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from shared.events import topics
from tests.support.outside import Outside
from tests.support.running import HandClock, Running
from tests.support.world import moved
from tests.transfers.given import authorised

MOVED, BLOCKS, DECIDED = topics.INBOUND_PRISONER_EVENTS.name, topics.BLOCKS.name, topics.INBOUND_PRISON_DECISIONS.name
REVIEWS, HANDOVERS, DEAD = topics.REVIEWS.name, topics.HANDOVERS.name, topics.dead_letters("transfers").name
numbers = (f"W{n:04}TR" for n in count(1))


@pytest.fixture
def number() -> str:
    return next(numbers)


async def block(party: Outside, clock: HandClock, number: str) -> None:
    event = authorised(f"block of {number}", at=clock.now(), prisoner_number=number)
    await party.send(BLOCKS, event.model_dump(mode="json"), key=number, event_type=event.TYPE)
    await asyncio.sleep(0.3)
    clock.forward(timedelta(minutes=5))


async def move(party: Outside, clock: HandClock, number: str, what: str, **details: Any) -> None:
    """As HMPPS sends it: no CloudEvents headers."""
    await party.send(MOVED, moved(number, what, clock.now(), **details), key=number, headers=False)


async def test_r21_r22_a_movement_is_reviewed_and_decided(
    transfers: Running, party: Outside, clock: HandClock, number: str
) -> None:
    await block(party, clock, number)
    for _ in range(2):
        await move(party, clock, number, "received", reason="TRANSFERRED", prisonId="MDI")
    review = (await party.one(REVIEWS, type="upc.review.opened", prisoner_number=number)).data
    assert (review["prison_id"], review["kind"]) == ("MDI", "movement")
    decision = {
        "decision_id": f"d {number}",
        "review_id": review["review_id"],
        "prisoner_number": number,
        "prison_id": "MDI",
        "outcome": "change",
        "excluded_contact_points": ["07700 900123", {"lines": ["1 High Street"], "postcode": "LS1 1AA"}],
        "decided_at": clock.now().isoformat(),
    }
    await party.send(DECIDED, decision, key=number)
    decided = (await party.one(REVIEWS, type="upc.review.decided", prisoner_number=number)).data
    assert decided["outcome"] == "change"
    assert decided["excluded_contact_points"][0] == "07700 900123"
    assert len(party.records(REVIEWS, lambda record: record.key == number)) == 2


async def test_r23_r38_a_release_is_handed_over_when_it_has_settled(
    transfers: Running, party: Outside, clock: HandClock, number: str
) -> None:
    await block(party, clock, number)
    await move(party, clock, number, "released", reason="RELEASED", prisonId="LEI")
    await asyncio.sleep(0.5)
    assert party.records(HANDOVERS, lambda record: record.key == number) == []
    clock.forward(timedelta(hours=1))
    handover = (await party.one(HANDOVERS, prisoner_number=number)).data
    assert handover["crn"] == "X123456"


async def test_bad_records_are_set_aside_and_the_next_good_one_goes_through(
    transfers: Running, party: Outside, clock: HandClock, number: str
) -> None:
    await block(party, clock, number)
    bad: list[Any] = [
        b"not json",
        b"{}",
        moved(number, "received", clock.now(), reason="TRANSFERRED", prisonId="QQQ"),
        moved(number, "merged", clock.now(), reason="MERGE"),
        moved(number, "received", clock.now() + timedelta(days=2), reason="TRANSFERRED", prisonId="MDI"),
        moved("not a number", "received", clock.now(), reason="TRANSFERRED", prisonId="MDI"),
    ]
    for value in bad:
        await party.send(MOVED, value, key=number)
    await move(party, clock, number, "search received", reason="TRANSFERRED", prisonId="DNI")
    await party.one(REVIEWS, prisoner_number=number, prison_id="DNI")
    letters = await party.wait(DEAD, lambda record: record.key == number, count=len(bad))
    assert all(letter.headers["dead-letter-reason"] for letter in letters)
