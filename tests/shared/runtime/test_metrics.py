"""That each metric of the runtime moves with what it is about, as Prometheus would see it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.events import topics
from shared.runtime import metrics
from shared.runtime.mongo import Conflict, Unavailable
from tests.shared.runtime.test_core import contact
from tests.shared.runtime.toy import WAIT, make
from tests.support.metrics import becomes, value
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.waiting import become

CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))
SENT = topics.INBOUND_SOCIAL_CONTACTS.name
TOY = {"service": "toy"}
ON_SENT = {"service": "toy", "topic": SENT}
numbers = (f"T{n:04}MT" for n in itertools.count(1))


@pytest.fixture(scope="module")
async def toy(kafka: str, mongo_uri: str, party: Outside) -> AsyncIterator[Running]:
    async with running(make, settings_for(kafka, mongo_uri, mongodb_prefix="metrics"), CLOCK) as service:
        await becomes(service.http, lambda behind: behind == 0, "upc_lag_records", **ON_SENT)
        yield service


async def send(party: Outside, name: str = "Jane Example") -> str:
    number = next(numbers)
    await party.send(SENT, contact(number, name), key=number)
    return number


@asynccontextmanager
async def held(of: Any, name: str) -> AsyncIterator[asyncio.Event]:
    """Inside, whoever calls the method waits; the event says that somebody does. Then all of them go on."""
    real, may, reached = getattr(of, name), asyncio.Event(), asyncio.Event()

    async def wait(*given: Any) -> Any:
        reached.set()
        await may.wait()
        return await real(*given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(of, name, wait)
        try:
            yield reached
        finally:
            may.set()


def test_labels_are_few_and_say_nothing_of_a_person() -> None:
    allowed = {
        "service",
        "dependency",
        "topic",
        "route",
        "status",
        "stage",
        "outcome",
        "deadline",
        "prison",
        "kind",
        "by",
    }
    ours = {name for metric in metrics.ALL for name in metric._labelnames}
    assert ours == allowed


def test_every_metric_of_ours_is_in_the_one_list() -> None:
    told = {family.name for family in REGISTRY.collect() if family.name.startswith("upc_")}
    assert told == {family.name for metric in metrics.ALL for family in metric.describe()}


async def test_records_and_batches_are_counted(toy: Running, party: Outside) -> None:
    before = await value(toy.http, "upc_records_total", **TOY), await value(toy.http, "upc_batch_records_sum", **TOY)
    await send(party)
    await becomes(toy.http, lambda seen: seen > before[0], "upc_records_total", **TOY)
    await becomes(toy.http, lambda seen: seen > before[1], "upc_batch_records_sum", **TOY)


async def test_lag_is_seen_in_records_and_in_seconds_and_goes(toy: Running, party: Outside) -> None:
    async with held(toy.service.store, "save") as reached:
        for _ in range(3):
            await send(party)
        await become(reached.is_set)
        await becomes(toy.http, lambda behind: behind >= 3, "upc_lag_records", **ON_SENT)
        first = await becomes(toy.http, lambda age: age > 0, "upc_lag_seconds", **TOY)
        await becomes(toy.http, lambda age: age > first, "upc_lag_seconds", **TOY)
    await becomes(toy.http, lambda behind: behind == 0, "upc_lag_records", **ON_SENT)
    await becomes(toy.http, lambda age: age == 0, "upc_lag_seconds", **TOY)


async def test_what_is_saved_and_not_published_ages(toy: Running, party: Outside) -> None:
    async with held(toy.service.store, "mark_sent") as reached:
        await send(party)
        await become(reached.is_set)
        first = await becomes(toy.http, lambda age: age > 0, "upc_outbox_seconds", **TOY)
        await becomes(toy.http, lambda age: age > first, "upc_outbox_seconds", **TOY)
    await becomes(toy.http, lambda age: age == 0, "upc_outbox_seconds", **TOY)


async def test_timers_that_do_not_fire_are_seen(toy: Running, party: Outside) -> None:
    before = await value(toy.http, "upc_batch_records_sum", **TOY)
    async with held(toy.service.core, "tick") as ticking:
        await become(ticking.is_set)
        await send(party, "Remind Me")
        await becomes(toy.http, lambda seen: seen > before, "upc_batch_records_sum", **TOY)
        CLOCK.forward(2 * WAIT)
        assert await becomes(toy.http, lambda timers: timers > 0, "upc_timers_overdue", **TOY) == 1
        assert await value(toy.http, "upc_timers_overdue_seconds", **TOY) == WAIT.total_seconds()
    await becomes(toy.http, lambda timers: timers == 0, "upc_timers_overdue", **TOY)


async def test_what_comes_too_early_and_what_is_set_aside_is_counted(toy: Running, party: Outside) -> None:
    letters = await value(toy.http, "upc_dead_letters_total", **TOY)
    parked = await value(toy.http, "upc_parked", **TOY)
    await send(party, "Reject Me")
    await send(party, "Wait For Two")
    await becomes(toy.http, lambda seen: seen == letters + 1, "upc_dead_letters_total", **TOY)
    await becomes(toy.http, lambda seen: seen == parked + 1, "upc_parked", **TOY)


@pytest.mark.parametrize(("fault", "counter"), [(Conflict, "upc_conflicts_total"), (Unavailable, "upc_waits_total")])
async def test_a_transaction_that_is_tried_again_is_counted(
    toy: Running, party: Outside, monkeypatch: pytest.MonkeyPatch, fault: type[Exception], counter: str
) -> None:
    before, save, faults = await value(toy.http, counter, **TOY), toy.service.store.save, iter([fault])

    async def fail_once(batch: Any) -> Any:
        for each in faults if batch.taken else ():
            raise each
        return await save(batch)

    with monkeypatch.context() as patched:
        patched.setattr(toy.service.store, "save", fail_once)
        await send(party)
        await becomes(toy.http, lambda seen: seen > before, counter, **TOY)


async def test_answers_are_timed_by_route_and_status_and_dependencies_are_seen(toy: Running) -> None:
    labels = TOY | {"route": "/livez", "status": "200"}
    before = await value(toy.http, "upc_http_seconds_count", **labels)
    await toy.http.get("/livez")
    assert await value(toy.http, "upc_http_seconds_count", **labels) == before + 1
    assert await value(toy.http, "upc_ready", **TOY, dependency="mongodb") == 1


async def test_metrics_are_told_while_mongodb_is_away(toy: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> Any:
        raise Unavailable

    async def unreachable() -> bool:
        return False

    with monkeypatch.context() as patched:
        patched.setattr(toy.service.platform.database, "run", away)
        patched.setattr(toy.service.platform.database, "ping", unreachable)
        assert await value(toy.http, "upc_ready", **TOY, dependency="mongodb") == 0
