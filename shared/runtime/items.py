"""What the core handles: one thing each, wherever it comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.events.envelope import Cause, Event, Record
from shared.runtime.documents import Parked
from shared.runtime.work import State, Work

Handler = Callable[[Work, Any], Any]
Handlers = Mapping[type[Event], Handler]
DueHandlers = Mapping[type[State], Callable[[Work, str], Any]]


@dataclass(eq=False, slots=True)
class Item:
    """One thing to handle: a record from Kafka, a record tried again, a call from HTTP, or a time that has come.

    `handler(work, argument)` handles it; `name` is the event's type, for logs.
    """

    cause: Cause
    name: str
    handler: Handler
    argument: Any
    record: Record | None = None
    parked: Parked | None = None
    answer: Any = None

    @property
    def once(self) -> bool:
        """Whether the inbox decides if this counts: a first delivery. What is tried again passed it before."""
        return self.record is not None and self.parked is None


@dataclass(frozen=True)
class Reading:
    """A batch as it was read: what to handle, and what goes to the dead letters."""

    items: list[Item]
    letters: list[Record]


def first_of_each(items: Sequence[Item]) -> list[Item]:
    """The items without those that stand in the same batch twice."""
    kept: dict[object, Item] = {}
    for item in items:
        kept.setdefault((item.cause.source, item.cause.id) if item.once else id(item), item)
    return list(kept.values())


def refuse(error: Exception) -> Handler:
    def handler(_: Work, __: Any) -> Any:
        raise error

    return handler
