"""A picture in memory of a whole topic, in every instance."""

from collections.abc import Callable
from typing import Any

import structlog

from shared.events.envelope import Event, Record

log = structlog.get_logger()


class Follower:
    """Reads a whole topic from its beginning and keeps following; `caught_up` once all that was there is applied."""

    def __init__(self, model: type[Event], apply: Callable[[Any], None]) -> None:
        self.topic, self.caught_up = model.TOPIC.name, False
        self._model, self._apply = model, apply

    async def catch_up(self) -> None:
        """Sets `caught_up` as soon as it is so."""
        raise NotImplementedError

    def apply(self, record: Record) -> None:
        """Takes one record of the topic into the picture; any other is no concern of it."""
        if record.topic != self.topic:
            return
        try:
            self._apply(self._model.model_validate_json(record.value or b""))
        except ValueError:
            log.error("a record of a followed topic cannot be read", topic=self.topic, offset=record.offset)
