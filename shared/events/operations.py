"""What those who run the platform did by hand, and why: `upc.operations.v1`."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.events import topics
from shared.events.envelope import Event, Moment
from shared.events.form import Line


class Did(StrEnum):
    """What was done. The first two settle a dead letter."""

    REPLAYED = "replayed"
    DISCARDED = "discarded"
    LOOKED = "looked"
    REWOUND = "rewound"
    RECONCILED = "reconciled"
    APPLIED = "applied"

    @property
    def settles(self) -> bool:
        return self in (Did.REPLAYED, Did.DISCARDED)


class OperationDone(Event):
    """Somebody did something by hand to what `subject` names: a dead letter (`SERVICE/PARTITION/OFFSET`), a service."""

    TOPIC = topics.OPERATIONS
    TYPE = "upc.operation.done"

    did: Did
    subject: Line
    by: Line
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    at: Moment
