"""Every service's real decisions in one memory: what one says, all hear who read it. No Kafka, no MongoDB."""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from services.blocking import handlers as blocking
from services.desk import handlers as desk
from services.intake import handlers as intake
from services.notifications import handlers as notifications
from services.records import handlers as records
from services.routing import handlers as routing
from services.transfers import handlers as transfers
from shared.events.envelope import Event, derive_id
from shared.runtime.work import NotYet, Rejected
from tests.support.world import World

SERVICES: dict[str, Any] = {
    "intake": intake,
    "routing": routing,
    "blocking": blocking,
    "transfers": transfers,
    "notifications": notifications,
    "records": records,
    "desk": desk,
}


class Remembered(World):
    """A world in which the same event has the same id, whatever was handled before it: what is made of it has the same, too."""

    def cause_id(self, about: Any) -> str:
        return derive_id(about.model_dump_json()) if isinstance(about, Event) else super().cause_id(about)


def world(service: str) -> World:
    return Remembered(SERVICES[service].HANDLERS, SERVICES[service].DUE)


class Everyone:
    """All services; `heard` is every event in order, by whom it was said."""

    def __init__(self) -> None:
        self.worlds = {name: world(name) for name in SERVICES}
        self.heard: list[tuple[str, Event]] = []

    def tell(self, *events: Event) -> None:
        """Something happens outside, with all that follows from it."""
        for event in events:
            self._spread("outside", event)

    def call(self, service: str, event: Event) -> None:
        """Something is asked of one service over HTTP."""
        self._say(service, self.worlds[service].on(event))

    def wait(self, **span: float) -> None:
        for name, one in self.worlds.items():
            self._say(name, one.wait(**span))

    def said(self, kind: type[Event]) -> list[Any]:
        return [event for _, event in self.heard if isinstance(event, kind)]

    def known(self) -> dict[str, str]:
        """All that each service knows, as text."""
        return {name: text(one) for name, one in self.worlds.items()}

    def _say(self, service: str, said: Iterable[Event]) -> None:
        for event in said:
            self._spread(service, event)

    def _spread(self, source: str, event: Event) -> None:
        waiting = deque([(source, event)])
        while waiting:
            source, event = waiting.popleft()
            self.heard.append((source, event))
            for name, one in self.worlds.items():
                if type(event) in SERVICES[name].HANDLERS and (name, type(event)) != (source, type(event)):
                    waiting.extend((name, said) for said in one.on(event))


def text(one: World) -> str:
    """All that a service knows, keys too."""
    return "\n".join(f"{key} {state.model_dump_json()} {[*state.lookups()]}" for (_, key), state in one.known.items())


def hears(one: World, events: Sequence[Event]) -> list[Event]:
    """A service hears `events`, those that come too early again and again; what is too early at the end is returned.

    What it rejects is set aside, and nothing comes of it.
    """
    waiting = list(events)
    while waiting:
        early = []
        for event in waiting:
            try:
                one.on(event)
            except NotYet:
                early.append(event)
            except Rejected:
                continue
        if len(early) == len(waiting):
            return early
        waiting = early
    return []
