"""A picture in memory of a whole topic, in every instance."""

from collections.abc import Callable
from typing import Any

import structlog

from shared.events.envelope import Event, Record

log = structlog.get_logger()


class Follower:
    """Reads a whole topic from its beginning and keeps following; `caught_up` once all that was there is applied.

    `read` takes each event as it stands on the topic, in order; `shown` takes what this instance is about to publish.
    """

    def __init__(self, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]) -> None:
        self.topic, self.caught_up = model.TOPIC.name, False
        self._model, self._read, self._shown = model, read, shown

    async def catch_up(self) -> None:
        """Sets `caught_up` as soon as it is so."""
        raise NotImplementedError

    def read(self, record: Record) -> None:
        """Takes the next record of the topic."""
        self._apply(record, self._read)

    def show(self, record: Record) -> None:
        """Takes a record that is about to be published; one of another topic is no concern of it."""
        if record.topic == self.topic:
            self._apply(record, self._shown)

    def _apply(self, record: Record, take: Callable[[Any], None]) -> None:
        """A tombstone says nothing that a picture needs: no more than an empty list is ever deleted."""
        if record.value is None:
            return
        try:
            take(self._model.model_validate_json(record.value))
        except ValueError:
            log.error("a record of a followed topic cannot be read", topic=self.topic, offset=record.offset)
