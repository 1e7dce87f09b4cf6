"""What comes to a service to be handled: records, records that came too early, times that were waited for, calls."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog

from shared.events.catalogue import CATALOGUE
from shared.events.check import AHEAD
from shared.events.envelope import Cause, Event, Record, Unreadable, cause_of
from shared.events.json_body import read_json
from shared.runtime import dead_letters, telemetry
from shared.runtime.audit.looking import who_calls
from shared.runtime.clock import Clock
from shared.runtime.documents import Parked
from shared.runtime.erasure import unless_erased
from shared.runtime.items import DueHandlers, Handlers, Item, Reading
from shared.runtime.store import Due, Store
from shared.runtime.work import Work

log = structlog.get_logger()


class Incoming:
    """Makes an item of each, with the handler that it is for."""

    def __init__(
        self, service: str, handlers: Handlers, due: DueHandlers, clock: Clock, store: Store, machine_clock: Clock
    ) -> None:
        self._service, self._clock, self._store, self._machine_clock = service, clock, store, machine_clock
        self._handlers = {model: unless_erased(model, handler) for model, handler in handlers.items()}
        self._due = due

    def read(self, records: Sequence[Record]) -> Reading:
        """What a batch from Kafka says; what cannot be understood is set aside by itself."""
        reading = Reading([], [])
        now = self._clock.now()
        for record in records:
            try:
                item = self._item_of(record, now)
            except (ValueError, RecursionError) as error:
                reason, place = dead_letters.why(error), f"{record.topic}/{record.partition}/{record.offset}"
                log.warning("set aside", place=place, reason=reason)
                reading.letters.append(dead_letters.letter(self._service, record, reason))
            else:
                if item:
                    reading.items.append(item)
        telemetry.records_taken(self._service, len(records), len(reading.letters))
        return reading

    def call(self, event: Event, cause: Cause) -> Item:
        """A call, on behalf of whoever makes the request that is being answered."""
        return self._item(event, cause, who=who_calls())

    async def due(self) -> list[Item]:
        """Times that have come."""
        items = []
        for due in await self._store.due(self._clock.now(), most=500):
            # What wrote it tells this time from an earlier one that came due at the same instant.
            cause = Cause(f"urn:upc:{self._service}", f"{due.kind.COLLECTION}/{due.key}/{due.entry}", due.at)
            name = f"due/{due.kind.COLLECTION}"
            items.append(Item(cause, name, partial(self._time_came, due), due.key, who=cause.source))
        return items

    def _time_came(self, due: Due, work: Work, key: str) -> None:
        """Nothing where another instance was faster: its next time may have come, too, and would go out under this one's id."""
        if work.is_as_written_by(due.entry, due.kind, key):
            self._due[due.kind](work, key)

    async def parked(self) -> list[Item]:
        """Records to try again."""
        items = []
        for parked in await self._store.parked(self._machine_clock.now(), most=500):
            model = CATALOGUE.model_of(parked.record)
            if model is None:
                continue
            event = _said(model, parked.record.value or b"")
            items.append(self._item(event, parked.cause, parked.record, parked))
        return items

    def _item_of(self, record: Record, now: datetime) -> Item | None:
        model = CATALOGUE.model_of(record)
        tombstone = record.value is None and model is not None and model.TOPIC.compacted
        if model is None or model not in self._handlers or tombstone:
            return None
        event = _said(model, record.value or b"")
        cause = dead_letters.as_sent_again(self._service, record, cause_of(record, event, now))
        happened = event.happened()
        if happened and happened - now > AHEAD:
            raise Unreadable("it says that it happened in the future")
        return self._item(event, cause, record)

    def _item(
        self, event: Event, cause: Cause, record: Record | None = None, parked: Parked | None = None, who: str = ""
    ) -> Item:
        return Item(cause, event.TYPE, self._handlers[type(event)], event, record, parked, who or cause.source)


def _said(model: type[Event], value: bytes) -> Event:
    """What others wrote may be no JSON, or be read in two ways; what we wrote can be read at once."""
    return model.model_validate(read_json(value)) if model.TOPIC.inbound else model.model_validate_json(value)
