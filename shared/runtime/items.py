"""What the core handles: one thing each, wherever it comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from shared.events.envelope import Cause, Event, Record, inbox_key
from shared.runtime.audit.deeds import Deed
from shared.runtime.documents import Batch, Parked
from shared.runtime.work import Ref, State, Work

Handler = Callable[[Work, Any], Any]
Handlers = Mapping[type[Event], Handler]
DueHandlers = Mapping[type[State], Callable[[Work, str], Any]]


@dataclass(eq=False, slots=True)
class Item:
    """One thing to handle: a record from Kafka, a record tried again, a call from HTTP, or a time that has come.

    `handler(work, argument)` handles it; `name` is the event's type, and `who` caused it, for the logs. `key` is the
    inbox key of its cause.
    """

    cause: Cause
    name: str
    handler: Handler
    argument: Any
    record: Record | None = None
    parked: Parked | None = None
    who: str = ""
    answer: Any = None
    waits: bool = False
    touched: Sequence[Ref] = ()
    key: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.key = inbox_key(self.cause)

    @property
    def once(self) -> bool:
        """Whether the inbox decides if this counts: a first delivery. What is tried again passed it before."""
        return self.record is not None and self.parked is None

    def deed(self, now: datetime) -> Deed | None:
        """What the audit log says of it: nothing where it waits, where a timer changed nothing, or where it is about nobody."""
        event = self.argument if isinstance(self.argument, Event) else None
        if self.waits or not (event.ABOUT_PEOPLE if event else self.touched):
            return None
        why = meaning(type(event)) if event else "A time that was waited for has come"
        came_of_it = "set aside" if isinstance(self.answer, Exception) else "done"
        return Deed(now, self.name, why, self.who, self.key, self.cause.traceparent, came_of_it, self.touched)


@cache
def meaning(model: type[Event]) -> str:
    """What an event says, in a line."""
    return (model.__doc__ or model.TYPE).strip().splitlines()[0]


@dataclass
class Reading:
    """A batch as it was read: what to handle, and what goes to the dead letters.

    `ahead` is what was decided of it before it is its turn, `decided` is when.
    """

    items: list[Item]
    letters: list[Record]
    ahead: Batch | None = None
    decided: datetime | None = None


def first_of_each(items: Sequence[Item]) -> list[Item]:
    """The items without those that stand in the same batch twice."""
    kept: dict[object, Item] = {}
    for item in items:
        kept.setdefault(item.key if item.once else id(item), item)
    return list(kept.values())


def refuse(error: Exception) -> Handler:
    def handler(_: Work, __: Any) -> Any:
        raise error

    return handler
