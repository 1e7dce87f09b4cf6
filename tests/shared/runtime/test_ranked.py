"""Pages in the order of `rank`, on the real MongoDB, of what nobody can read there."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime.clock import WallClock
from shared.runtime.documents import Batch
from shared.runtime.kms import Kms
from shared.runtime.mongo import Mongo
from shared.runtime.ranked import Wanted
from shared.runtime.saving import hashed_word
from shared.runtime.store import Store
from shared.runtime.vault import Vault
from shared.runtime.work import Loaded, Needs, Ref, State
from tests.support.running import settings_for

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Job(State):
    COLLECTION = "jobs"

    words: tuple[str, ...]
    at: datetime

    def lookups(self) -> tuple[str, ...]:
        return self.words

    def rank(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
async def mongo(mongo_uri: str) -> AsyncIterator[Mongo]:
    made = Mongo(mongo_uri, f"ranked_{os.getpid()}")
    yield made
    made.close()


@pytest.fixture(scope="module")
async def store(mongo: Mongo) -> Store:
    """Five jobs, one an hour from noon, `e` first; every other one is at Leeds, too."""

    async def unlock() -> Vault:
        return Vault(await mongo.run(Kms(settings_for("", "")).master_key), os.urandom)

    store = Store(mongo, [Job], "test", WallClock(), unlock)
    await store.prepare()
    jobs: dict[Ref, State | None] = {
        (Job, key): Job(words=("all", "leeds") if hour % 2 == 0 else ("all",), at=NOON + timedelta(hours=hour))
        for hour, key in enumerate("edcba")
    }
    await store.save(Batch([], jobs, {}, []))
    return store


async def test_a_page_is_in_order_and_says_how_many_there_are(store: Store) -> None:
    page = await store.ranked(Job, Wanted(["all"], skip=1, most=2))
    assert (page.ids, page.total) == (["d", "c"], 5)


async def test_the_newest_come_first_where_that_is_asked(store: Store) -> None:
    assert (await store.ranked(Job, Wanted(["all"], most=2, newest_first=True))).ids == ["a", "b"]


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_page_is_found_without_reading_what_is_on_no_page(
    store: Store, mongo: Mongo, newest_first: bool
) -> None:
    """Of a country's cases there are a hundred thousand: nothing is sorted, and what is skipped is not read."""
    wanted = Wanted(["all"], newest_first=newest_first)
    query = wanted.query([hashed_word(store.vault, Job, "all")])
    found = await mongo.run(lambda db: db[Job.COLLECTION].find(query).sort(wanted.order).skip(2).limit(2).explain())
    assert "SORT" not in str(found["queryPlanner"]["winningPlan"])
    assert found["executionStats"]["totalDocsExamined"] == 2


async def test_only_what_has_every_word_and_stands_before_a_time(store: Store) -> None:
    page = await store.ranked(Job, Wanted(["leeds", "all"], most=9, before=NOON + timedelta(hours=3)))
    assert (page.ids, page.total) == (["e", "c"], 2)


async def test_counting_alone_loads_nothing(store: Store) -> None:
    page = await store.ranked(Job, Wanted(["leeds"]))
    assert (page.ids, page.total) == ([], 3)


async def test_an_instant_is_all_that_can_be_read_of_it(store: Store, mongo: Mongo) -> None:
    rows = await mongo.run(lambda db: list(db[Job.COLLECTION].find().sort("rank")))
    assert [row["rank"] for row in rows] == [NOON + timedelta(hours=hour) for hour in range(5)]
    assert {type(value) for row in rows for value in (row["_id"], *row["lookups"], row["sealed"])} == {bytes}
    assert not any(word in row["sealed"] for row in rows for word in (b"leeds", b"all", b"2026"))


async def test_pages_go_on_after_the_last_whatever_came_or_went_before_it(store: Store) -> None:
    """Those of one rank stand in the order of their names in the database."""
    jobs: dict[Ref, State | None] = {(Job, key): Job(words=("unranked",), at=NOON) for key in "vwxyz"}
    await store.save(Batch([], jobs, {}, []))
    first = await store.ranked(Job, Wanted(["unranked"], most=3))
    assert first.last
    held = Loaded()
    await store.load(Needs({(Job, first.ids[0])}), held)
    await store.save(Batch([], {(Job, first.ids[0]): Job(words=("gone",), at=NOON)}, held.stored, []))
    second = await store.ranked(Job, Wanted(["unranked"], most=3, after=first.last))
    assert (sorted([*first.ids, *second.ids]), second.last) == ([*"vwxyz"], None)
