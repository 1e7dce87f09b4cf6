"""What happened, event by event: when, where, by whom, and what caused what."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from shared.domain.identifiers import PrisonId
from shared.events.envelope import Cause, Event, Moment, caused_id
from shared.events.form import Form

MOST_FROM_ONE = 64
"""Events that one cause may have before another is no longer recognised as its effect."""


class Decision(Form):
    """What somebody decided, wherever they sat."""

    decision_id: str
    outcome: str
    by: str
    at: Moment
    block_id: str | None = None


class Happened(Form):
    """One event as it was heard: `id` and `source` name it for ever, `at` is when it happened, `published` when it was said.

    `facts` are what its line in the story says, in the words of the event's own fields.
    """

    id: str
    source: str
    traceparent: str = ""
    type: str
    key: str
    at: Moment
    published: Moment
    block_id: str | None = None
    prison_id: PrisonId | None = None
    by: str | None = None
    facts: Mapping[str, str] = {}

    @property
    def trace(self) -> str:
        """The W3C trace that it belongs to; empty where its sender began none."""
        parts = self.traceparent.split("-")
        return parts[1] if len(parts) == 4 else ""


History = tuple[Happened, ...]


class Told(Form):
    """One line of a story by its place in it, from 1, and the line that it follows from, where that is known."""

    what: Happened
    caused_by: Happened | None = None
    place: int = 0
    follows: int | None = None
    """The place of what it follows from."""


def happened(cause: Cause, event: Event, at: datetime, *facts: str, by: str | None = None) -> Happened:
    """`event` as a line; `facts` are the names of the fields that it tells."""
    return Happened(
        id=cause.id,
        source=cause.source,
        traceparent=cause.traceparent,
        type=event.TYPE,
        key=event.key(),
        at=at,
        published=cause.time,
        block_id=getattr(event, "block_id", None),
        prison_id=getattr(event, "prison_id", None),
        by=by,
        facts={fact: said for fact in facts if (said := _said(getattr(event, fact)))},
    )


def with_line(history: History, line: Happened, most: int = 1000) -> History:
    """With one more line, in the order in which things happened; the same one again changes nothing."""
    if any((known.source, known.id) == (line.source, line.id) for known in history):
        return history
    return tuple(sorted((*history, line), key=lambda known: (known.at, known.published)))[-most:]


def told(lines: Iterable[Happened]) -> Sequence[Told]:
    """The story in order, each line with what it follows from.

    An id that is derived from its cause is proof; the trace only says where to look.
    """
    ordered = sorted(lines, key=lambda line: (line.at, line.published))
    found = {_name(line): Told(what=line, caused_by=_cause_of(line, ordered)) for line in ordered}
    story: dict[tuple[str, str], Told] = {}

    def tell(line: Happened) -> None:
        """What caused it comes before it, where both say that they happened at the same time."""
        if _name(line) in story:
            return
        cause = found[_name(line)].caused_by
        if cause and cause.at <= line.at:
            tell(cause)
        story[_name(line)] = found[_name(line)]

    for line in ordered:
        tell(line)
    places = {name: place for place, name in enumerate(story, 1)}
    return [_placed(told, places) for told in story.values()]


def _placed(told: Told, places: Mapping[tuple[str, str], int]) -> Told:
    follows = places[_name(told.caused_by)] if told.caused_by else None
    return told.model_copy(update={"place": places[_name(told.what)], "follows": follows})


def _name(line: Happened) -> tuple[str, str]:
    return line.source, line.id


def _cause_of(line: Happened, lines: Sequence[Happened]) -> Happened | None:
    likely = (other for other in lines if other is not line and other.trace in (line.trace, ""))
    return next((other for other in likely if _follows(line, other)), None)


def _follows(line: Happened, other: Happened) -> bool:
    cause = Cause(other.source, other.id, other.published)
    return any(line.id == caused_id(cause, line.type, line.key, place) for place in range(MOST_FROM_ONE))


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return ", ".join(_said(part) for part in value)
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None else str(value)
