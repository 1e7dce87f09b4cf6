"""The exactly-once core: a batch of events is taken in, decided, saved and published once in effect, whatever crashes.

1. drop what was taken in before (`source` + `id`, also twice within the batch);
2. decide the whole batch in memory, loading what it turns out to need (`shared.runtime.work`);
3. save the inbox, the changed aggregates and the outbox in one MongoDB transaction;
4. publish the outbox in order, wait for every acknowledgement, then mark it sent;
5. the caller commits its offsets.

After a crash at any step the batch comes again: what was saved is dropped by the inbox, what was not published is published
from the journal with the same identity. Somebody else's write (`Conflict`) means: decide again on what is there now.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence, Set
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

import structlog

from shared.domain.rules import Rules
from shared.events.envelope import Cause, Event, Record
from shared.runtime import dead_letters, metrics, telemetry
from shared.runtime.calls import Calls, settle
from shared.runtime.clock import Clock
from shared.runtime.documents import Batch, Outgoing, Parked
from shared.runtime.incoming import Incoming
from shared.runtime.items import DueHandlers, Handlers, Item, Reading, first_of_each, refuse
from shared.runtime.mongo import Conflict, Stale, Unavailable
from shared.runtime.store import Store, next_try
from shared.runtime.work import Loaded, Needs, NotLoaded, NotYet, Rejected, Work

log = structlog.get_logger()

PATIENCE = 6 * 3600.0
"""Seconds for which a record that came too early is tried again before it is set aside: longer than partitions are behind."""
ENTRIES_AT_ONCE = 10
"""Journal entries that are published together: with many left behind, what failed does not begin at the first again."""
FRESH = timedelta(seconds=5)
"""How long a batch may be decided ahead: MongoDB may be away for hours then, and what is decided goes by what time it is."""


class Publisher(Protocol):
    """Puts records on Kafka in order, and returns when every one is acknowledged. Raises Unavailable where it will pass."""

    async def publish(self, records: Sequence[Record]) -> None: ...


class Core:
    """One service's exactly-once core. One batch at a time; any number of instances beside it."""

    def __init__(
        self,
        service: str,
        store: Store,
        publisher: Publisher,
        handlers: Handlers,
        due: DueHandlers,
        clock: Clock,
        rules: Rules,
        machine_clock: Clock,
    ) -> None:
        self.service, self.clock, self.rules = service, clock, rules
        self._store, self._publisher = store, publisher
        self._incoming = Incoming(service, handlers, due, clock, store, machine_clock)
        self._machine_clock = machine_clock
        self._one_at_a_time, self._one_publishes = asyncio.Lock(), asyncio.Lock()
        self._calls = Calls()
        self._draining: set[asyncio.Task[None]] = set()
        self._saved: list[Outgoing] = []
        self._all_published = False
        self.publishing = True
        """Whether Kafka took what was last handed to it."""
        self._onlookers: list[Callable[[Record], None]] = []

    def read(self, records: Sequence[Record]) -> Reading:
        """What a batch from Kafka says; what cannot be understood is set aside by itself."""
        return self._incoming.read(records)

    async def save(self, reading: Reading) -> None:
        """Decides and saves a batch from Kafka, however long MongoDB is away."""
        async with self._one_at_a_time:
            if reading.decided is None:
                reading.items = first_of_each(reading.items)
            await self._patiently(lambda: self._save(reading.items, reading.letters, self._ahead(reading)))

    def decide_ahead(self, reading: Reading) -> None:
        """Decides a batch on what the one that is being written will leave, where it needs nothing else: MongoDB is busy then.

        Whether all of that stands is seen at saving, as with whatever was recalled; where not, it is decided again.
        """
        if self._store.leaving:
            reading.items = first_of_each(reading.items)
            reading.decided = self._machine_clock.now()
            loaded = Loaded(recent={**self._store.recent.aggregates, **self._store.leaving})
            reading.ahead, _ = self._decide_on(loaded, reading.items, reading.letters, or_nothing=True)

    def _ahead(self, reading: Reading) -> Batch | None:
        """What was decided ahead and not long ago, once."""
        ahead, reading.ahead = reading.ahead, None
        fresh = reading.decided and self._machine_clock.now() - reading.decided <= FRESH
        return ahead if fresh else None

    async def publish(self) -> None:
        """Publishes all that was saved, however long Kafka is away; then offsets may be committed."""
        await self._patiently(self._publish)

    async def call(self, event: Event, cause: Cause) -> Any:
        """What the handler of `event` answers, once it is saved. Calls that come together share one transaction.

        Raises Rejected as the handler does, and Unavailable where it cannot be saved now, or nobody knows whether it was.
        A caller who hangs up takes the call back, unless it is being saved by then.
        """
        answer = self._calls.add(self._incoming.call(event, cause))
        if (
            self._calls.waiting == 1
        ):  # one for all that come until it begins: behind one for each a batch would wait long
            # Not the caller's own task: a caller who hangs up stops nobody else.
            drain = asyncio.create_task(self._drain_calls())
            self._draining.add(drain)
            drain.add_done_callback(self._draining.discard)
        try:
            return await answer
        finally:
            self._calls.take_back(answer)

    async def tick(self) -> None:
        """Handles what is due, tries again what came too early, publishes what was left unpublished."""
        async with self._one_at_a_time:
            self._store.recent.let_go(self._machine_clock.now())
            items = [*await self._incoming.due(), *await self._incoming.parked()]
            try:
                await self._save_once(items, [])
            except Conflict:
                return  # another instance was faster; what is still due comes with the next tick
        await self._publish()

    async def write_what_was_seen(self) -> None:
        """What the audit log has to say of looks, where nothing else will be saved soon."""
        async with self._one_at_a_time:
            await self._save_once([], [])

    def show(self, onlooker: Callable[[Record], None]) -> None:
        """Shows `onlooker` each record just before it is published: a picture here is never behind what others see."""
        self._onlookers.append(onlooker)

    def distrust(self) -> None:
        """Something may lie unpublished from before: a start, a rebalance."""
        self._all_published = False

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> None:
        """`step`, however long Kafka or MongoDB are away."""
        attempt = 0
        while True:
            try:
                return await step()
            except Unavailable:
                attempt += 1
                telemetry.waiting(self.service)
                log.warning("waiting for mongodb or kafka", attempt=attempt)
                await asyncio.sleep(min(0.1 * 2 ** min(attempt, 6), 5.0))

    async def _save(self, items: list[Item], letters: list[Record], ahead: Batch | None = None) -> None:
        """One batch, decided again as often as somebody else writes first; halved each time, so that conflicts get rarer.

        Only where nothing worse happened than that something recalled was old it is decided again whole: it is read now.
        """
        while True:
            try:
                return await self._save_once(items, letters, ahead)
            except Stale:
                telemetry.conflict(self.service)
            except Conflict:
                telemetry.conflict(self.service)
                seen = await self._store.taken([item.key for item in items if item.once])
                # Saved before, and nobody heard so: of what was set aside then nothing was told yet.
                self._tell_what_was_set_aside([item for item in items if _is_among(seen, item)])
                items = [item for item in items if not _is_among(seen, item)]
                # The whole of it again would meet the next writer: with many at work none comes through.
                if len(items) > 1:
                    return await self._save_in_halves(items, letters)
            except Unavailable:
                raise
            except Exception as error:
                if not items:
                    raise
                if len(items) > 1:
                    return await self._save_in_halves(items, letters)
                if ahead or self._store.recent.aggregates:  # what it recalled may be at fault, and old
                    self._store.recent.clear()
                else:
                    items[0].handler = refuse(error)
            ahead = None

    async def _save_in_halves(self, items: list[Item], letters: list[Record]) -> None:
        await self._save(items[: len(items) // 2], letters)
        await self._save(items[len(items) // 2 :], [])

    async def _save_once(self, items: list[Item], letters: list[Record], ahead: Batch | None = None) -> None:
        batch = ahead or await self._decide(items, letters)
        if batch or self._store.trail.waits:
            try:
                saved = await self._store.save(batch)
            except BaseException:  # it may be saved, and nobody said so
                self.distrust()
                raise
            await self._let_others_go_first(batch)
            self._saved += [saved] if items or letters else []
            telemetry.batch_saved(self.service, len(items))
            metrics.count(batch.measures)
        self._tell_what_was_set_aside(items)

    async def _let_others_go_first(self, batch: Batch) -> None:
        """What another instance saved and this batch follows from is published before it: order is kept for each key."""
        try:
            overtakes = await self._store.overtakes(batch)
        except Exception:  # whatever it is, the batch is saved
            overtakes = True
        if overtakes:
            self.distrust()

    async def _decide(self, items: Sequence[Item], letters: Sequence[Record]) -> Batch:
        # What is taken in is saved, and whether what was recalled still stands is seen then; timers and calls may save nothing.
        loaded = Loaded(recent=self._store.recent.aggregates if any(item.once for item in items) else {})
        while True:
            batch, needs = self._decide_on(loaded, items, letters)
            if batch is not None:
                return batch
            await self._store.load(needs, loaded)

    def _decide_on(
        self, loaded: Loaded, items: Sequence[Item], letters: Sequence[Record], or_nothing: bool = False
    ) -> tuple[Batch | None, Needs]:
        """What follows from `items`; None as long as it needs more than is `loaded`, all of that unless it is `or_nothing`."""
        now = self.clock.now()
        work = Work(f"urn:upc:{self.service}", now, self.rules, loaded)
        work.outgoing += letters
        batch = Batch([], work.changed, loaded.stored, work.outgoing, forgotten=work.forgotten)
        batch.recalled = loaded.recalled
        for item in items:
            self._decide_one(work, item, batch)
            if or_nothing and work.needs:
                break
            # Here, while it is near: to go through thousands once more costs more than what is asked of them.
            if item.once:
                batch.taken.append(item.key)
            if deed := item.deed(now):
                batch.deeds.append(deed)
        if work.needs:
            return None, work.needs
        batch.measures = work.measures
        return batch, work.needs

    def _decide_one(self, work: Work, item: Item, batch: Batch) -> None:
        item.answer, item.waits, item.touched = None, False, ()
        try:
            item.answer = work.try_one(item.cause, item.key, item.handler, item.argument)
        except NotLoaded:
            return  # it is decided again, with the whole batch
        except NotYet as early:
            self._park(work, item, batch, str(early))
        except Exception as error:  # one bad event is set aside by itself; the rest of its batch goes through
            self._set_aside(work, item, error)
        item.touched = work.touched
        if item.parked:
            batch.unparked = [*batch.unparked, item.parked]

    def _park(self, work: Work, item: Item, batch: Batch, reason: str) -> None:
        now = self._machine_clock.now()
        since = item.parked.since if item.parked else now
        attempts = item.parked.attempts + 1 if item.parked else 0
        if item.record is None or (now - since).total_seconds() > PATIENCE:
            return self._set_aside(work, item, Rejected(reason))
        item.waits = True
        batch.parked = [*batch.parked, Parked(item.record, item.cause, since, attempts, next_try(now, attempts))]

    def _set_aside(self, work: Work, item: Item, error: Exception) -> None:
        item.answer = error
        if item.record is not None:
            work.outgoing.append(dead_letters.letter(self.service, item.record, dead_letters.why(error), taken=True))

    def _tell_what_was_set_aside(self, items: Sequence[Item]) -> None:
        """Once for each batch, however often it was decided and written. A caller hears it as the answer."""
        for item in items:
            if isinstance(item.answer, Exception):
                log.warning("set aside", event_type=item.name, reason=dead_letters.why(item.answer))
                telemetry.set_aside(self.service, item.record is not None)

    async def _publish(self) -> None:
        """Publishes what was saved, in order; first of all what may have been left from before."""
        async with self._one_publishes:
            try:
                while await self._left():
                    entries = self._saved[:ENTRIES_AT_ONCE]
                    await self._hand_over([record for entry in entries for record in entry.records])
                    await self._store.mark_sent(entries)
                    del self._saved[: len(entries)]
                    if len(entries) < ENTRIES_AT_ONCE:
                        return  # who saved more meanwhile publishes that; those who wait for this may go on
            except BaseException:
                self.distrust()
                raise

    async def _hand_over(self, records: Sequence[Record]) -> None:
        for record in records:
            for look in self._onlookers:
                look(record)
        try:
            await self._publisher.publish(records)
        except Unavailable:
            self.publishing = False
            raise
        self.publishing = True

    async def _left(self) -> bool:
        """Whether there is something to publish. Asked each time: what was saved meanwhile may have to wait for another's."""
        if not self._all_published:
            async with self._one_at_a_time:
                self._all_published = True  # first: what somebody distrusts meanwhile is asked for again
                self._saved = await self._store.pending()
        return bool(self._saved)

    async def _drain_calls(self) -> None:
        async with self._one_at_a_time:
            calls = self._calls.begin()
            try:
                await self._save([*calls.values()], [])
            except Exception as error:
                return settle(calls, error)
            finally:
                self._calls.ended()
            settle(calls)
        if calls:
            with suppress(Unavailable):  # it is in the journal: the next tick publishes it
                await self._publish()


def _is_among(seen: Set[bytes], item: Item) -> bool:
    return item.once and item.key in seen
