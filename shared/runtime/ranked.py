"""Pages of what is too much to load at once: aggregates by their words, in the order of `State.rank`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor

from shared.runtime.mongo import Document

MOST_COUNTED = 10_000
INDEX = [("lookups", ASCENDING), ("rank", ASCENDING)]


@dataclass(frozen=True)
class Ranked:
    """One page of ids, and how many there are in all; beyond `MOST_COUNTED` nobody counts."""

    ids: Sequence[str]
    total: int


@dataclass(frozen=True)
class Wanted:
    """Those that have all of `words` among their lookups; with `before` only what ranks so; with no `most` only counted."""

    words: Sequence[str]
    skip: int = 0
    most: int = 0
    before: datetime | None = None
    newest_first: bool = False

    def query(self, hashed: Sequence[bytes]) -> Document:
        """`hashed` are the words as they are stored."""
        return {"lookups": {"$all": [*hashed]}} | ({"rank": {"$lt": self.before}} if self.before else {})

    def page(self, found: Cursor[Document]) -> Iterable[Document]:
        order = [("rank", DESCENDING if self.newest_first else ASCENDING), ("_id", ASCENDING)]
        return found.sort(order).skip(self.skip).limit(self.most) if self.most else ()
