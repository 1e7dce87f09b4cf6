"""What every organisation outside has: work for the day, a ledger, orders that reach it later, a wire to Kafka."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from demo.clients.clock import Clock
from demo.clients.ledger import Ledger, follow
from demo.clients.wire import Wire, connected, received

Data = dict[str, Any]


class Organisation:
    """One of them at work. It writes as `PARTY`; `READS` are the topics it follows from the beginning, and as whom."""

    SOURCE: ClassVar[str]
    PARTY: ClassVar[str]
    READS: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, work: Data, wire: Wire, tasks: asyncio.TaskGroup) -> None:
        self.work, self.wire, self.clock, self.ledger = work, wire, wire.clock, wire.ledger
        self._tasks, self._news = tasks, asyncio.Condition()

    def begin(self) -> None:
        """Sets its plan of the day going."""
        raise NotImplementedError

    def handlers(self) -> Mapping[str, Callable[[Data], None]]:
        """What it does with an event, by the event's type."""
        raise NotImplementedError

    def obey(self, order: Data) -> Coroutine[Any, Any, None]:
        """What somebody at its desk wants done beyond the plan."""
        raise NotImplementedError

    def start(self, doing: Coroutine[Any, Any, None]) -> None:
        """Does it beside everything else."""
        self._tasks.create_task(doing)

    async def until(self, moment: str) -> None:
        await self.clock.until(datetime.fromisoformat(moment))

    async def when(self, holds: Callable[[], bool]) -> None:
        """Returns when something that was read makes it so."""
        async with self._news:
            await self._news.wait_for(holds)

    async def send(self, item: Data) -> None:
        """A record as the work has it: an object, or text that is none."""
        value = item["value"] if "value" in item else item["raw"].encode()
        event_id, headers = item.get("event_id"), item.get("headers", True)
        await self.wire.send(item["topic"], item["key"], value, event_id, headers, **item["note"])

    async def read(self, party: str, topics: tuple[str, ...]) -> None:
        """Hands each new event to the handler of its type, from the beginning of the topics on."""
        handlers = self.handlers()
        async for event in received(party, topics):
            if event.type in handlers:
                handlers[event.type](event.data)
                async with self._news:
                    self._news.notify_all()

    async def take_orders(self, orders: Path) -> None:
        async for order in follow(orders):
            self.start(self.obey(order))


def run(kind: type[Organisation]) -> None:
    """Runs an organisation, with files for its work, ledger and orders as arguments, until it is ended."""
    work, ledger, orders = map(Path, sys.argv[1:4])
    asyncio.run(_run(kind, json.loads(work.read_text()), Ledger(ledger), orders))


async def _run(kind: type[Organisation], work: Data, ledger: Ledger, orders: Path) -> None:
    async with connected(kind.SOURCE, kind.PARTY, Clock(), ledger) as wire, asyncio.TaskGroup() as tasks:
        organisation = kind(work, wire, tasks)
        organisation.begin()
        for party, topics in kind.READS.items():
            organisation.start(organisation.read(party, topics))
        organisation.start(organisation.take_orders(orders))
