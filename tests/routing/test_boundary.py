"""Routing at its boundary: events in, events out, bad records aside."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count, islice
from typing import Any

import pytest

from services.routing.app import make
from shared.events import topics
from tests.routing.given import breach, prisoner, submitted
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.world import START, moved

PRISONERS, MOVED = topics.INBOUND_PRISONERS.name, topics.INBOUND_PRISONER_EVENTS.name
REQUESTS, DECIDED = topics.CONTACT_REQUESTS.name, topics.INBOUND_ROUTING_DECISIONS.name
BREACHES = topics.BREACH_REPORTS.name
DEAD = topics.dead_letters("routing").name
numbers = (f"R{n:04}OU" for n in count(1))


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture(scope="module")
async def routing(kafka: str, mongo_uri: str, party: Outside, clock: HandClock) -> AsyncIterator[Running]:
    async with running(make, settings_for(kafka, mongo_uri), clock) as service:
        yield service


@pytest.fixture
def number() -> str:
    return next(numbers)


async def record(party: Outside, clock: HandClock, number: str, **fields: Any) -> None:
    event = prisoner(number, clock.now(), **fields)
    await party.send(PRISONERS, event.model_dump(mode="json"), key=number, headers=False)


async def ask(party: Outside, clock: HandClock, number: str) -> str:
    event = submitted(f"request about {number}", clock.now(), number=number)
    await party.send(REQUESTS, event.model_dump(mode="json"), key=event.request_id, event_type=event.TYPE)
    return event.request_id


def choice_of(number: str, clock: HandClock, person: str) -> dict[str, Any]:
    """What a person says: it is the one with this number."""
    decision = {"decision_id": f"{person} {number}", "request_id": f"request about {number}", "decided_by": person}
    return decision | {"prisoner_number": number, "decided_at": clock.now().isoformat()}


async def test_r8_r9_a_request_is_routed_once_however_often_it_comes(
    routing: Running, party: Outside, clock: HandClock, number: str
) -> None:
    await record(party, clock, number)
    for _ in range(3):
        request_id = await ask(party, clock, number)
    routed = await party.one(REQUESTS, type="upc.contact-request.routed", request_id=request_id)
    assert routed.key == request_id
    assert routed.data["prison_id"] == "LEI"
    assert routed.data["requester_role"] == "victim"
    other = next(numbers)
    await record(party, clock, other)
    await party.one(REQUESTS, type="upc.contact-request.routed", request_id=await ask(party, clock, other))
    assert len(await party.by_now(REQUESTS, lambda r: r.type.endswith("routed") and r.key == request_id)) == 1


async def test_r9_a_person_sends_on_what_a_program_could_not(
    routing: Running, party: Outside, clock: HandClock, number: str
) -> None:
    await record(party, clock, number, last_name="Other")
    request_id = await ask(party, clock, number)
    # of two topics, so the request may come first: then the number is unknown until the record is there
    await party.one(REQUESTS, request_id=request_id, because="number_and_name_disagree")
    await party.send(DECIDED, choice_of(number, clock, "operator"), key=request_id)
    routed = (await party.one(REQUESTS, type="upc.contact-request.routed", request_id=request_id)).data
    assert routed["matched_by"] == "person"


async def test_r8_the_clock_goes_on_and_a_late_prisoner_is_still_found(
    routing: Running, party: Outside, clock: HandClock, number: str
) -> None:
    request_id = await ask(party, clock, number)
    await party.one(REQUESTS, request_id=request_id, because="number_unknown")
    clock.forward(timedelta(days=2))
    await party.one(REQUESTS, request_id=request_id, because="deadline_passed")
    await record(party, clock, number)
    await party.one(REQUESTS, type="upc.contact-request.routed", request_id=request_id)


async def test_r9_two_instances_and_two_people_route_a_request_once(
    routing: Running, kafka: str, mongo_uri: str, party: Outside, clock: HandClock
) -> None:
    some = list(islice(numbers, 12))
    async with running(make, settings_for(kafka, mongo_uri), clock):
        for number in some:
            await record(party, clock, number)
            for _ in range(3):
                await ask(party, clock, number)
        for number in some:
            request_id = f"request about {number}"
            await party.one(REQUESTS, type="upc.contact-request.routed", request_id=request_id)
            for person in ("one", "other"):
                await party.send(DECIDED, choice_of(number, clock, person), key=number)
        await party.wait(DEAD, lambda letter: letter.key in some, count=2 * len(some))
    routed = await party.by_now(REQUESTS, lambda r: r.type.endswith("routed") and r.data["prisoner_number"] in some)
    # the same id is the same event: an instance may publish again what another has saved
    assert sorted({r.id: r.key for r in routed}.values()) == [f"request about {number}" for number in some]
    letters = party.records(DEAD, lambda letter: letter.key in some)
    assert {letter.headers["dead-letter-reason"] for letter in letters} == {"the request is routed already"}


async def test_r29_a_breach_report_comes_out_once_its_prisoner_is_known(
    routing: Running, party: Outside, clock: HandClock, number: str
) -> None:
    report = breach(number=number).model_copy(update={"breach_id": f"breach {number}"})
    await party.send(BREACHES, report.model_dump(mode="json"), key=report.breach_id, event_type=report.TYPE)
    await party.one(BREACHES, breach_id=report.breach_id, because="number_unknown")
    await record(party, clock, number)
    routed = await party.one(BREACHES, type="upc.breach-report.routed", breach_id=report.breach_id)
    assert (routed.data["prison_id"], routed.data["prisoner_number"]) == ("LEI", number)


async def test_bad_records_are_set_aside_and_the_next_good_one_goes_through(
    routing: Running, party: Outside, clock: HandClock, number: str
) -> None:
    good = prisoner(number, clock.now()).model_dump(mode="json")
    bad: list[tuple[str, Any]] = [
        (PRISONERS, b"\xff"),
        (PRISONERS, good | {"prison_id": "QQQ"}),
        (PRISONERS, good | {"as_of": "9999-01-01T00:00:00Z"}),
        (PRISONERS, good | {"as_of": (clock.now() + timedelta(days=1)).isoformat()}),
        (PRISONERS, good | {"prisoner_number": "1"}),
        (MOVED, moved(number, "merged", clock.now(), reason="MERGE")),
        (MOVED, {"eventType": "prisoner-offender-search.prisoner.updated"}),
    ]
    for topic, value in bad:
        await party.send(topic, value, key=number)
    await record(party, clock, number)
    await party.one(REQUESTS, type="upc.contact-request.routed", request_id=await ask(party, clock, number))
    letters = await party.wait(DEAD, lambda r: r.key == number, count=len(bad))
    assert all("John" not in letter.headers["dead-letter-reason"] for letter in letters)
