"""The pages of a chain: each has the hash of the one before it, so that none can be changed, taken out or moved unnoticed.

A page is `{_id: chain/sequence, at, entry, deeds, previous, hash}`. `deeds` are bytes as they were written, and `hash` is the
SHA-256 of all the rest; `entry` is the journal entry that was saved in the same transaction, empty where none was. The first
page of a chain has sequence 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from shared.runtime.mongo import Document

AUDIT = "audit"
NOTHING_BEFORE = ""
MOST_BYTES = 8_000_000
"""Of deeds on one page; a MongoDB document may have twice as much."""


class Head(NamedTuple):
    """The newest page of a chain; sequence -1 where there is none yet."""

    chain: str
    sequence: int = -1
    hash: str = NOTHING_BEFORE
    at: datetime = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Page:
    """One page, as it is written."""

    chain: str
    sequence: int
    at: datetime
    entry: str
    deeds: bytes
    previous: str

    @cached_property
    def hash(self) -> str:
        place = f"{self.chain}\n{self.sequence}\n{milliseconds(self.at)}\n{self.entry}\n{self.previous}\n"
        return sha256(place.encode() + self.deeds).hexdigest()

    @property
    def id(self) -> str:
        return page_id(self.chain, self.sequence)

    def document(self) -> Document:
        rest = {"at": self.at, "entry": self.entry, "deeds": self.deeds, "previous": self.previous}
        return {"_id": self.id, **rest, "hash": self.hash}


def page_id(chain: str, sequence: int) -> str:
    """Sorts as the pages of a chain follow each other."""
    return f"{chain}/{sequence:012d}"


def page_in(document: Document) -> Page:
    """The page that a document says it is. Raises KeyError or ValueError where it can be none."""
    chain, _, sequence = str(document["_id"]).rpartition("/")
    deeds, previous = bytes(document["deeds"]), str(document["previous"])
    return Page(chain, int(sequence), document["at"], str(document["entry"]), deeds, previous)


def next_pages(head: Head, at: datetime, entry: str, deeds: bytes) -> Iterator[Page]:
    """What follows `head`: one page, or more where it would be too large for one."""
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)  # as MongoDB keeps it
    for part in _parts(deeds):
        page = Page(head.chain, head.sequence + 1, at, entry, part, head.hash)
        yield page
        head = head_of(page)


def head_of(page: Page) -> Head:
    return Head(page.chain, page.sequence, page.hash, page.at)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _parts(deeds: bytes) -> Iterator[bytes]:
    """Whole lines; one that is too long for that has a page of its own."""
    while len(deeds) > MOST_BYTES:
        cut = deeds.rfind(b"\n", 0, MOST_BYTES)
        cut = cut if cut >= 0 else deeds.find(b"\n")
        if cut < 0:
            break
        yield deeds[:cut]
        deeds = deeds[cut + 1 :]
    yield deeds
