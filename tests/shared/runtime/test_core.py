"""The exactly-once core on a real Kafka and a real MongoDB, through a toy service."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.events import topics
from shared.events.envelope import Cause, Headers, Record
from shared.events.inbound import SocialContactChanged
from shared.runtime import dead_letters
from shared.runtime.documents import Batch, Outgoing
from shared.runtime.items import Reading
from shared.runtime.mongo import Unavailable
from shared.runtime.saving import hashed_key
from shared.runtime.store import Store
from shared.runtime.work import Rejected
from tests.shared.runtime.toy import WAIT, Ask, Tally, make
from tests.support.outside import Outside, Seen
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.waiting import PATIENCE, become

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
SENT, SAID = topics.INBOUND_SOCIAL_CONTACTS.name, topics.SOCIAL_CONTACTS.name
DEAD = topics.dead_letters("toy").name
numbers = (f"T{n:04}CR" for n in itertools.count(1))


@pytest.fixture
def number() -> str:
    return next(numbers)


@pytest.fixture(scope="module")
async def toy(kafka: str, mongo_uri: str, party: Outside) -> AsyncIterator[Running]:
    async with running(make, _settings(kafka, mongo_uri), CLOCK) as service:
        yield service


def _settings(kafka: str, mongo_uri: str) -> Any:
    return settings_for(kafka, mongo_uri)


def contact(number: str, name: str = "Jane Example") -> dict[str, Any]:
    return {
        "prisoner_number": number,
        "change": "requested",
        "at": "2026-11-23T09:00:00Z",
        "contact": {"contact_id": "c", "name": name},
    }


def about(number: str) -> Any:
    """What the toy says of a prisoner; real services of other tests may be listening too."""
    return lambda record: number.encode() in record.value and record.headers["ce_source"] == "urn:upc:toy"


def said(party: Outside, number: str) -> list[str]:
    """What the toy said, in order; the same record published again, under the same id, is the same event."""
    records = [(record.id, record.data["contact_id"]) for record in party.records(SAID, about(number))]
    return [contact_id for _, contact_id in dict.fromkeys(records)]


async def until_said(party: Outside, number: str, count: int) -> None:
    """Waits until the toy has said so many different things."""
    async with asyncio.timeout(PATIENCE):
        while len(said(party, number)) < count:
            await asyncio.sleep(0.02)


async def test_an_event_goes_in_and_what_follows_comes_out_with_the_headers_of_the_contract(
    toy: Running, party: Outside, number: str
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await party.send(SENT, contact(number), key=number, more_headers=(("traceparent", trace.encode()),))
    (record,) = await party.wait(SAID, about(number))
    assert record.key == number
    assert record.type == "upc.social-contact.decided"
    assert record.headers["ce_specversion"] == "1.0"
    assert record.headers["ce_source"] == "urn:upc:toy"
    assert record.headers["content-type"] == "application/json"
    assert record.headers["traceparent"].split("-")[1] == trace.split("-")[1]


async def test_the_same_source_and_id_is_the_same_event_for_ever(toy: Running, party: Outside, number: str) -> None:
    for _ in range(3):
        await party.send(SENT, contact(number), key=number, event_id=f"same-{number}")
    await party.send(SENT, contact(number), key=number, event_id=f"same-{number}", source="urn:test:another")
    await until_said(party, number, 2)
    await party.send(SENT, contact(number), key=number, event_id=f"same-{number}")
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 3)
    assert said(party, number) == ["1", "2", "3"]


async def test_a_bad_record_is_set_aside_whole_and_the_rest_of_its_batch_goes_through(
    toy: Running, party: Outside, number: str
) -> None:
    bad: list[bytes] = [b"\xff\xfe", b"[1]", b"{}", b"", b"null", b"[" * 100_000, b'"' + b"x" * 900_000 + b'"']
    for value in bad:
        await party.send(SENT, contact(number), key=number)
        await party.send(SENT, value, key=number, more_headers=(("odd", b"\xff"),))
    await until_said(party, number, len(bad))
    letters = await party.wait(DEAD, lambda record: record.key == number, count=len(bad))
    assert [letter.value for letter in letters] == bad
    assert all("dead-letter-reason" in letter.headers and "odd" in letter.headers for letter in letters)
    assert all("contract" in letter.headers["dead-letter-reason"] for letter in letters)


async def test_what_a_handler_rejects_or_breaks_on_goes_to_the_dead_letters_without_personal_data(
    toy: Running, party: Outside, number: str
) -> None:
    for name in ("Reject Me", "Break Me", "Jane Example"):
        await party.send(SENT, contact(number, name), key=number)
    await until_said(party, number, 1)
    letters = await party.wait(DEAD, lambda record: record.key == number, count=2)
    reasons = [letter.headers["dead-letter-reason"] for letter in letters]
    assert reasons == ["not this one", "cannot be handled: ZeroDivisionError"]


async def test_a_dead_letter_that_is_sent_again_counts_once_more_and_no_oftener(
    toy: Running, party: Outside, number: str
) -> None:
    """It is refused once more here: what counts leaves a letter."""
    await party.send(SENT, contact(number, "Reject Me"), key=number)
    (letter,) = await party.wait(DEAD, lambda record: record.key == number)
    record = dead_letters.again(Record(DEAD, number.encode(), letter.value, sent_headers(letter)))
    assert record.header("ce_id") == letter.id
    for _ in range(2):
        await party.send(SENT, letter.value, number, letter.id, more_headers=record.headers[-1:])
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 1)
    assert len(await party.by_now(DEAD, lambda record: record.key == number)) == 2


def sent_headers(letter: Seen) -> Headers:
    return tuple((name, value.encode()) for name, value in letter.headers.items())


async def test_what_needs_a_state_with_a_broken_seal_is_set_aside_and_nothing_else(
    toy: Running, party: Outside, number: str
) -> None:
    def break_seal(db: Any) -> None:
        hashed = hashed_key(toy.service.store.vault, Tally, number)
        done = db[Tally.COLLECTION].update_one({"_id": hashed}, {"$set": {"sealed": b"changed"}})
        assert done.modified_count == 1
        toy.service.store.recent.drop([(Tally, number)])  # what is recalled is not opened

    another = next(numbers)
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 1)
    await toy.service.platform.database.run(break_seal)
    for each in (number, another):
        await party.send(SENT, contact(each), key=each)
    await until_said(party, another, 1)
    (letter,) = await party.wait(DEAD, lambda record: record.key == number)
    assert letter.headers["dead-letter-reason"] == "cannot be handled: BrokenSeal"
    assert said(party, number) == ["1"]
    hashed = hashed_key(toy.service.store.vault, Tally, number)
    await toy.service.platform.database.run(lambda db: db[Tally.COLLECTION].delete_one({"_id": hashed}))


async def test_a_record_that_names_itself_in_no_way_is_set_aside(toy: Running, party: Outside, number: str) -> None:
    await party.send(SENT, contact(number), key=number, headers=False)
    (letter,) = await party.wait(DEAD, lambda record: record.key == number)
    assert "does not name itself" in letter.headers["dead-letter-reason"]
    await party.send(SENT, contact(number) | {"event_id": f"own-{number}"}, key=number, headers=False)
    await party.send(SENT, contact(number) | {"event_id": f"own-{number}"}, key=number, headers=False)
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 2)
    assert said(party, number) == ["1", "2"]


async def test_what_comes_too_early_is_read_again_as_it_was_read_first(
    toy: Running, party: Outside, number: str
) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(contact(number, "Wait For Two")).encode()
    await party.send(SENT, marked, key=number)
    for _ in range(2):
        await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 3)


async def test_an_event_from_the_future_is_set_aside(toy: Running, party: Outside, number: str) -> None:
    for year in ("2027-01-01T00:00:00Z", "9999-01-01T00:00:00Z"):
        await party.send(SENT, contact(number) | {"at": year}, key=number)
    letters = await party.wait(DEAD, lambda record: record.key == number, count=2)
    assert "future" in letters[0].headers["dead-letter-reason"]


async def test_what_comes_too_early_is_tried_again_until_its_time(toy: Running, party: Outside, number: str) -> None:
    await party.send(SENT, contact(number, "Wait For Two"), key=number, event_id=f"early-{number}")
    await asyncio.sleep(0.3)
    assert said(party, number) == []
    await party.send(SENT, contact(number), key=number)
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 3)
    await party.send(SENT, contact(number, "Wait For Two"), key=number, event_id=f"early-{number}")
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 4)
    assert said(party, number) == ["1", "2", "3", "4"]


async def test_a_timer_fires_once_though_several_instances_see_it(
    toy: Running, party: Outside, kafka: str, mongo_uri: str, number: str
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(running(make, _settings(kafka, mongo_uri), CLOCK))
        await party.send(SENT, contact(number, "Remind Me"), key=number)
        await until_said(party, number, 1)
        CLOCK.forward(WAIT - timedelta(minutes=1))
        await asyncio.sleep(0.3)
        assert said(party, number) == ["1"]
        CLOCK.forward(timedelta(minutes=2))
        await until_said(party, number, 2)
        await asyncio.sleep(0.5)
    assert said(party, number) == ["1", "reminded"]


async def test_two_timers_of_one_instant_fire_both(toy: Running, party: Outside, number: str) -> None:
    for expected in (2, 4):
        await party.send(SENT, contact(number, "Remind Me Now"), key=number)
        await until_said(party, number, expected)
    assert said(party, number) == ["1", "reminded", "2", "reminded"]


async def test_several_instances_count_every_event_once_and_in_order(
    toy: Running, party: Outside, kafka: str, mongo_uri: str
) -> None:
    mine = [next(numbers) for _ in range(20)]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(make, _settings(kafka, mongo_uri), CLOCK))
        for n in range(20):
            for number in mine:
                await party.send(SENT, contact(number), key=f"{number}-{n}", event_id=f"{number}-{n}")
        for number in mine:
            await until_said(party, number, 20)
    for number in mine:
        assert said(party, number) == [str(n) for n in range(1, 21)]


async def test_what_a_crash_left_unpublished_is_published_with_the_same_identity(
    toy: Running, party: Outside, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = toy.service.core
    publish = core._publisher.publish
    attempts: list[list[str]] = []

    async def fails_twice(records: Any) -> None:
        attempts.append([record.header("ce_id") for record in records])
        if len(attempts) < 3:
            raise Unavailable
        await publish(records)

    monkeypatch.setattr(core._publisher, "publish", fails_twice)
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 1)
    assert len(attempts) == 3
    assert attempts[0] == attempts[1] == attempts[2]
    assert said(party, number) == ["1"]


async def test_a_new_instance_publishes_what_its_predecessor_saved(
    toy: Running, party: Outside, kafka: str, mongo_uri: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store = toy.service.store
    saved = asyncio.Event()
    dying = toy.service.core._publisher

    async def never(_: Any) -> None:
        saved.set()
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(dying, "publish", never)
        await party.send(SENT, contact(number), key=number)
        await asyncio.wait_for(saved.wait(), PATIENCE)
        assert [number.encode() in (entry.records[0].value or b"") for entry in await store.pending()] == [True]
        async with running(make, _settings(kafka, mongo_uri), CLOCK):
            await until_said(party, number, 1)
    assert said(party, number)[0] == "1"


async def test_what_a_timer_led_to_comes_first_where_nobody_said_that_it_is_saved(
    toy: Running, party: Outside, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, unsaid = toy.service.store.save, asyncio.Event()

    async def says_nothing_of_the_timer(batch: Batch) -> Outgoing:
        saved = await save(batch)
        if not unsaid.is_set() and (Tally, number) in batch.changed and not batch.taken:
            unsaid.set()
            raise Unavailable
        return saved

    monkeypatch.setattr(toy.service.store, "save", says_nothing_of_the_timer)
    await party.send(SENT, contact(number, "Remind Me Now"), key=number)
    await asyncio.wait_for(unsaid.wait(), PATIENCE)
    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 3)
    assert said(party, number) == ["1", "reminded", "2"]


@pytest.mark.parametrize("comes_to_nothing", [False, True])
async def test_a_batch_is_decided_ahead_on_what_the_one_before_it_will_leave_or_again_if_that_came_to_nothing(
    toy: Running, party: Outside, number: str, comes_to_nothing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    core, store, database = toy.service.core, toy.service.store, toy.service.platform.database
    transaction, may_write = database.transaction, asyncio.Event()

    def is_written() -> bool:
        return (Tally, number) in store.leaving

    async def slowly(work: Any) -> Any:
        if is_written() and not may_write.is_set():
            await may_write.wait()
            if comes_to_nothing:
                raise Unavailable
        return await transaction(work)

    def batch(name: str) -> Reading:
        headers = (("ce_source", b"urn:test"), ("ce_id", f"{number}-{name}".encode()))
        return core.read([Record(SENT, number.encode(), json.dumps(contact(number)).encode(), headers)])

    await party.send(SENT, contact(number), key=number)
    await until_said(party, number, 1)
    monkeypatch.setattr(database, "transaction", slowly)
    second, third = batch("second"), batch("third")
    saving = asyncio.create_task(core.save(second))
    await become(is_written)
    core.decide_ahead(third)
    assert third.ahead
    may_write.set()
    await saving
    await core.save(third)
    await core.publish()
    await until_said(party, number, 3)
    assert said(party, number) == ["1", "2", "3"]


async def test_what_is_saved_while_another_batch_is_published_lets_other_instances_go_first(
    toy: Running, party: Outside, kafka: str, mongo_uri: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(instance: Running, about: str, name: str) -> Any:
        event = SocialContactChanged.model_validate(contact(about))
        return instance.service.core.call(event, Cause("urn:test", f"{number}-{name}", CLOCK.now()))

    another = next(numbers)
    publishing, may_publish, checking, may_check = (asyncio.Event() for _ in range(4))

    async def not_now(_: Any) -> None:
        raise Unavailable

    async with running(make, _settings(kafka, mongo_uri), CLOCK) as other:
        core, store = other.service.core, other.service.store
        publish, overtakes = core._publisher.publish, store.overtakes

        async def slowly(records: Any) -> None:
            publishing.set()
            await may_publish.wait()
            await publish(records)

        async def later(batch: Any) -> bool:
            checking.set()
            await may_check.wait()
            return await overtakes(batch)

        with monkeypatch.context() as patched:
            patched.setattr(toy.service.core._publisher, "publish", not_now)
            patched.setattr(core._publisher, "publish", slowly)
            await send(other, another, "before")
            await asyncio.wait_for(publishing.wait(), PATIENCE)
            await send(toy, number, "first")
            patched.setattr(store, "overtakes", later)
            second = asyncio.create_task(send(other, number, "second"))
            await asyncio.wait_for(checking.wait(), PATIENCE)
            may_publish.set()
            await until_said(party, another, 1)
            await asyncio.sleep(0.3)  # time enough to publish what is saved, were it not for what comes first
            may_check.set()
            await second
            await until_said(party, number, 2)
    assert said(party, number) == ["1", "2"]


async def test_calls_that_come_together_are_each_answered_once_saved(toy: Running, number: str) -> None:
    def call(key: str, name: str) -> Any:
        return toy.service.core.call(Ask(number=name), Cause("urn:test", key, CLOCK.now()))

    answers = await asyncio.gather(*(call(f"{number}-{n}", number) for n in range(50)))
    assert sorted(answers) == list(range(1, 51))
    with pytest.raises(Rejected):
        await call("no", "refuse")
    tally = await toy.service.query(lambda work: work.get(Tally, number))
    assert tally == Tally(count=50)


async def test_lookups_find_what_this_batch_and_earlier_ones_changed(toy: Running, number: str) -> None:
    for n in range(3):
        await toy.service.core.call(Ask(number=f"{number}-{n}"), Cause("urn:test", f"{number}{n}", CLOCK.now()))
    found = await toy.service.query(lambda work: work.find(Tally, "count:1", "count:7"))
    assert {f"{number}-{n}" for n in range(3)} <= set(found)


async def test_the_service_says_what_it_needs_and_shows_its_contract(toy: Running) -> None:
    assert (await toy.http.get("/livez")).status_code == 200
    assert (await toy.http.get("/readyz")).json() == {"status": "ready", "missing": []}
    assert 'upc_records_total{service="toy"}' in (await toy.http.get("/metrics")).text
    document = (await toy.http.get("/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"
    assert SENT in document["channels"]
    assert "upc.inbound.social-contacts.v1" in (await toy.http.get("/asyncapi")).text


async def test_a_service_that_kafka_takes_nothing_from_says_that_it_is_not_ready(
    toy: Running, party: Outside, number: str
) -> None:
    publish = toy.service.platform.publish

    async def refuse(_: Any) -> None:
        raise Unavailable

    toy.service.platform.publish = refuse  # type: ignore[assignment]
    await party.send(SENT, contact(number), key=number)
    async with asyncio.timeout(PATIENCE):
        while (await toy.http.get("/readyz")).status_code != 503:
            await asyncio.sleep(0.02)
    toy.service.platform.publish = publish  # type: ignore[method-assign]
    await until_said(party, number, 1)
    assert (await toy.http.get("/readyz")).status_code == 200
