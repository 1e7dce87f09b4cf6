"""Pages of what is too much to load at once: aggregates by their words, in the order of `State.rank`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor

from shared.runtime.mongo import Document

MOST_COUNTED = 10_000
INDEX = [("lookups", ASCENDING), ("rank", ASCENDING), ("_id", ASCENDING)]
"""All that a page is ordered by: without `_id` MongoDB would read everything with that word, to sort it for each page."""


@dataclass(frozen=True)
class Ranked:
    """One page of ids, and how many there are in all; beyond `MOST_COUNTED` nobody counts.

    `last` names the last of a full page for `Wanted.after`; None where nothing comes after it.
    """

    ids: Sequence[str]
    total: int
    last: bytes | None = None


@dataclass(frozen=True)
class Wanted:
    """Those that have all of `words` among their lookups; with `before` only what ranks so; with no `most` only counted.

    `after` goes on where a page ended, whatever came or went before it: for aggregates without a rank.
    """

    words: Sequence[str]
    skip: int = 0
    most: int = 0
    before: datetime | None = None
    newest_first: bool = False
    after: bytes = b""

    def query(self, hashed: Sequence[bytes]) -> Document:
        """`hashed` are the words as they are stored."""
        ranked = {"rank": {"$lt": self.before}} if self.before else {}
        return {"lookups": {"$all": [*hashed]}} | ranked | ({"_id": {"$gt": self.after}} if self.after else {})

    def page(self, found: Cursor[Document]) -> Iterable[Document]:
        return found.sort(self.order).skip(self.skip).limit(self.most) if self.most else ()

    @property
    def order(self) -> Sequence[tuple[str, int]]:
        """As the index stands, from one end or from the other."""
        direction = DESCENDING if self.newest_first else ASCENDING
        return [("rank", direction), ("_id", direction)]
