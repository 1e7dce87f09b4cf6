"""What is kept of a chain outside the database that it lies in, so that it shows where pages are missing at its end.

Every few seconds the newest page's hash goes to `upc.audit-anchors.v1`, where the records service keeps it (`Anchor`). What was
written in the last seconds before a crash has no anchor. Pages are let go when their time is over (R48), the oldest first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database as Documents

from shared.domain.rules import Rules
from shared.events.anchors import AuditAnchored
from shared.events.envelope import Cause, Moment, Record, derive_id, inbox_key, to_record
from shared.runtime.audit.deeds import Deed
from shared.runtime.audit.pages import AUDIT, Head, page_id, page_in
from shared.runtime.audit.trail import Trail
from shared.runtime.clock import Clock
from shared.runtime.mongo import Database, Document
from shared.runtime.work import State

ANCHOR_EVERY = 5.0
"""Seconds."""
LET_GO_EVERY = 3600.0
"""Seconds."""
MOST_PAGES = 1000
"""That are let go at once."""
HEARD_LATER = timedelta(days=30)
"""By how much records may have heard of a chain later than it began."""


class Anchor(State):
    """How far a chain is known to have come. `contradicted`: the same page was anchored with another hash, too.

    `known_since` is when the first anchor of the chain was heard.
    """

    COLLECTION = "anchors"

    service: str
    chain: str
    sequence: int
    hash: str
    begins: int = 0
    at: Moment
    contradicted: bool = False
    known_since: Moment

    def lookups(self) -> tuple[str, ...]:
        return (self.service,)

    def heard(self, event: AuditAnchored, now: datetime, rules: Rules) -> "Anchor":
        """What is known after `event`, in whatever order they come: a chain grows, and loses its beginning, and nothing else.

        That pages were let go whose time cannot be over is not believed: then they are missing.
        """
        other = event.sequence == self.sequence and event.hash != self.hash
        newer = (
            {"sequence": event.sequence, "hash": event.hash, "at": event.at} if event.sequence > self.sequence else {}
        )
        kept = timedelta(days=rules.audit_kept_days.on(now.date()))
        old = now >= self.known_since + kept - HEARD_LATER
        begins, contradicted = max(self.begins, event.begins if old else 0), self.contradicted or other
        return self.but(begins=begins, contradicted=contradicted, **newer)


def first_heard(event: AuditAnchored, now: datetime) -> Anchor:
    """What is known of a chain that nobody heard of before."""
    return Anchor.model_validate(event.model_dump() | {"begins": 0, "known_since": now})


class Anchoring:
    """Anchors the chain of one process, and lets go of old pages of every chain in its database."""

    def __init__(
        self,
        service: str,
        trail: Trail,
        database: Database,
        publish: Callable[[Sequence[Record]], Awaitable[None]],
        clock: Clock,
        rules: Rules,
    ) -> None:
        self._service, self._trail, self._database, self._publish = service, trail, database, publish
        self._clock, self._rules = clock, rules
        self._anchored: Head | None = None
        self._begins = 0
        self._next_anchor = self._next_look = 0.0

    async def step(self) -> None:
        """What is due of both. Raises Unavailable."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_anchor:
            self._next_anchor = now + ANCHOR_EVERY
            await self.anchor()
        if now >= self._next_look:
            self._next_look = now + LET_GO_EVERY
            await self.let_go()

    async def anchor(self) -> None:
        """Anchors the newest page; at first that there is a chain, before anything is in it."""
        head = self._trail.head
        if self._anchored != head:
            await self._say(head, self._begins)
            self._anchored = head

    async def let_go(self) -> None:
        """Anchored first: whoever finds less than this was told that it goes."""
        until = self._clock.now() - timedelta(days=self._rules.audit_kept_days.on(self._clock.now().date()))
        old = await self._database.run(lambda db: _oldest_pages(db, until))
        for chain, pages in old.items():
            await self._let_go_of(chain, pages)

    async def _let_go_of(self, chain: str, pages: Sequence[Document]) -> None:
        newest = await self._database.run(lambda db: _newest(db, chain))
        begins = page_in(pages[-1]).sequence + 1
        self._begins = begins if chain == self._trail.head.chain else self._begins
        await self._say(newest, begins)
        ids = [page["_id"] for page in pages]
        await self._database.run(lambda db: db[AUDIT].delete_many({"_id": {"$in": ids}}))
        self._trail.note(self._deed(chain, begins))

    def _deed(self, chain: str, begins: int) -> Deed:
        source, now = f"urn:upc:{self._service}", self._clock.now()
        why, came_of_it = "Pages whose time is over", f"{chain} begins at {begins}"
        key = inbox_key(Cause(source, f"{chain}/{begins}", now))
        return Deed(now, "upc.audit.let-go", why, source, key, "", came_of_it, ())

    async def _say(self, head: Head, begins: int) -> None:
        event = AuditAnchored(
            service=self._service, chain=head.chain, sequence=head.sequence, hash=head.hash, at=head.at, begins=begins
        )
        event_id = derive_id(event.TYPE, head.chain, str(head.sequence), str(begins))
        await self._publish([to_record(event, f"urn:upc:{self._service}", event_id, head.at, "")])


def _oldest_pages(db: Documents[Document], until: datetime) -> Mapping[str, Sequence[Document]]:
    """By chain, its first pages as far as they are from before `until`, without any hole."""
    found: dict[str, list[Document]] = {}
    for row in db[AUDIT].find({"at": {"$lte": until}}).sort("_id").limit(MOST_PAGES):
        page = page_in(row)
        run = found.setdefault(page.chain, [])
        if not run or page_in(run[-1]).sequence + 1 == page.sequence:
            run.append(row)
    return {chain: run for chain, run in found.items() if not _has_before(db, run[0])}


def _has_before(db: Documents[Document], row: Document) -> bool:
    page = page_in(row)
    return bool(list(db[AUDIT].find({"_id": {"$in": [page_id(page.chain, page.sequence - 1)]}}, {"_id": 1})))


def _newest(db: Documents[Document], chain: str) -> Head:
    whole: dict[str, Any] = {"_id": {"$gte": page_id(chain, 0), "$lte": page_id(chain, 10**12 - 1)}}
    (row,) = db[AUDIT].find(whole).sort("_id", -1).limit(1)
    page = page_in(row)
    return Head(chain, page.sequence, str(row["hash"]), page.at)
