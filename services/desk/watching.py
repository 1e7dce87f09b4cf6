"""What waits, and how late it is, for whoever watches the service: the queue as gauges. It says how many, never who."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.desk.domain.breaches import UNALERTED, Breach
from services.desk.domain.todo import UNHELD, Kind, ToDo
from shared.runtime import metrics
from shared.runtime.ranked import Wanted
from shared.runtime.service import Service
from shared.runtime.work import State

SOON = timedelta(hours=1)
AT_ONCE = timedelta(minutes=1)
"""So long an alert may take to be with the prison (R29)."""


class Watching:
    """One instance's look at the queue; all of them see the same."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def look(self) -> None:
        """Brings the gauges up to date. Raises Unavailable."""
        now = self._service.clock.now()
        for kind in Kind:
            late, soon, all_of_it = [await self._how_many(ToDo, wanted) for wanted in _of(kind, now)]
            for by, count in (("late", late), ("within_hour", soon - late), ("all", all_of_it)):
                metrics.TO_DO.labels(kind, by).set(count)
        metrics.UNHELD.set(await self._how_many(ToDo, Wanted([UNHELD], before=now)))
        metrics.UNDELIVERED.set(await self._how_many(Breach, Wanted([UNALERTED], before=now - AT_ONCE)))
        metrics.QUEUE_KNOWN.set(self._service.platform.machine_clock.now().timestamp())

    async def _how_many(self, kind: type[State], wanted: Wanted) -> int:
        return (await self._service.ranked(kind, wanted)).total


def _of(kind: Kind, now: datetime) -> Iterator[Wanted]:
    words: Sequence[str] = [f"kind:{kind}"]
    for before in (now, now + SOON, None):
        yield Wanted(words, before=before)
