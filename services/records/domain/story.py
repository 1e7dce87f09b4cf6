"""The story of a case: every event as it came, with its time and its cause, on pages of bounded size."""

import json
from datetime import datetime
from typing import Any

from shared.events.envelope import Cause, Event, Moment
from shared.events.form import Form
from shared.runtime.work import State

MOST_LINES = 100
MOST_BYTES = 500_000
"""A page with so much is full: one more event, however large, still fits one MongoDB document."""


class Line(Form):
    """One event: `source` and `id` name it for ever, `trace` joins it with what it came from, `said` is its data as JSON."""

    at: Moment
    heard_at: Moment
    type: str
    source: str
    id: str
    trace: str
    said: str

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.said))


class Page(State):
    """A page of a story, by case id and number. The last one is written on."""

    COLLECTION = "pages"

    lines: tuple[Line, ...] = ()

    @property
    def full(self) -> bool:
        return len(self.lines) >= MOST_LINES or sum(len(line.said) for line in self.lines) >= MOST_BYTES


def page_key(case_id: str, number: int) -> str:
    return f"{case_id}/{number}"


def pages(case_id: str, last: int) -> list[str]:
    """The keys of all pages of a story, from the first."""
    return [page_key(case_id, number) for number in range(last + 1)]


def line(event: Event, cause: Cause, now: datetime) -> Line:
    """`event` as a line of a story."""
    return Line(
        at=cause.time,
        heard_at=now,
        type=event.TYPE,
        source=cause.source,
        id=cause.id,
        trace=cause.traceparent,
        said=event.model_dump_json(exclude_none=True),
    )
