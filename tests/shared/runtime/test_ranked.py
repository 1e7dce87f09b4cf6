"""Pages in the order of `rank`, on the real MongoDB."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime.clock import WallClock
from shared.runtime.mongo import Mongo
from shared.runtime.ranked import ranked
from shared.runtime.store import Batch, Store
from shared.runtime.work import Ref, State

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
async def database(mongo_uri: str) -> AsyncIterator[Mongo]:
    """Five jobs, one an hour from noon, `e` first; the even ones are at Leeds, too."""
    mongo = Mongo(mongo_uri, f"ranked_{os.getpid()}")
    store = Store(mongo, [Job], "test", WallClock())
    await store.prepare()
    jobs: dict[Ref, State | None] = {
        (Job, key): Job(words=("all", "leeds") if hour % 2 == 0 else ("all",), at=NOON + timedelta(hours=hour))
        for hour, key in enumerate("edcba")
    }
    await store.save(Batch([], jobs, {}, {}, []))
    yield mongo
    mongo.close()


async def test_a_page_is_in_order_and_says_how_many_there_are(database: Mongo) -> None:
    page = await ranked(database, Job, ["all"], skip=1, most=2, before=None, newest_first=False)
    assert (page.ids, page.total) == (["d", "c"], 5)


async def test_the_newest_come_first_where_that_is_asked(database: Mongo) -> None:
    page = await ranked(database, Job, ["all"], skip=0, most=2, before=None, newest_first=True)
    assert page.ids == ["a", "b"]


async def test_only_what_has_every_word_and_stands_before_a_time(database: Mongo) -> None:
    page = await ranked(
        database, Job, ["leeds", "all"], skip=0, most=9, before=NOON + timedelta(hours=3), newest_first=False
    )
    assert (page.ids, page.total) == (["e", "c"], 2)


async def test_counting_alone_loads_nothing(database: Mongo) -> None:
    page = await ranked(database, Job, ["leeds"], skip=0, most=0, before=None, newest_first=False)
    assert (page.ids, page.total) == ([], 3)
