"""Pages of what is too much to load at once: aggregates by their words, in the order of `State.rank`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database as Documents

from shared.runtime.mongo import Database, Document
from shared.runtime.work import State

MOST_COUNTED = 10_000
INDEX = [("lookups", ASCENDING), ("rank", ASCENDING)]


@dataclass(frozen=True)
class Ranked:
    """One page of ids, and how many there are in all; beyond `MOST_COUNTED` nobody counts."""

    ids: Sequence[str]
    total: int


async def ranked(
    database: Database,
    kind: type[State],
    words: Sequence[str],
    skip: int,
    most: int,
    before: datetime | None,
    newest_first: bool,
) -> Ranked:
    """Those that have all of `words` among their lookups; with `before` only what ranks so; with no `most` only counted."""
    wanted: Document = {"lookups": {"$all": list(words)}} | ({"rank": {"$lt": before}} if before else {})
    order = [("rank", DESCENDING if newest_first else ASCENDING), ("_id", ASCENDING)]

    def read(db: Documents[Document]) -> Ranked:
        found = db[kind.COLLECTION].find(wanted, {"_id": 1}).sort(order).skip(skip).limit(most) if most else ()
        total = db[kind.COLLECTION].count_documents(wanted, limit=MOST_COUNTED)
        return Ranked([row["_id"] for row in found], total)

    answer: Ranked = await database.run(read)
    return answer
