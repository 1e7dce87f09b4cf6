"""A person's way through the pages: what they answered so far, kept for a while and then gone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.events.envelope import Event, Moment
from shared.events.form import Form, PreferredContact
from shared.events.requests import Fault
from shared.runtime.work import State

KEPT = timedelta(hours=2)
"""For how long answers are kept after the last one; then also what was submitted can't be looked at any more."""

Entries = Mapping[str, str]
"""What a page's fields held when it was sent: name and text."""


class Kind(StrEnum):
    """What the pages lead to."""

    REQUEST = "request"
    REPORT = "report"
    STATUS = "status"


class Attempt(Form):
    """A page that was sent and not taken: as it was filled in, and its faults; none where it is to have another row."""

    path: str
    entries: Entries
    faults: Sequence[Fault] = ()


class Receipt(Form):
    """What came of it: all that is still known once it was submitted (R6). `made` is the id of the request or report."""

    made: str
    reference: str
    at: Moment
    routing_deadline: Moment | None = None
    contact: PreferredContact | None = None


class Journey(State):
    """`body` grows into what the API is sent; `answered` are the pages that were, by path; `owner` is whose browser it is."""

    COLLECTION = "journeys"

    owner: str
    kind: Kind
    last_at: Moment
    body: Mapping[str, Any] = {}
    answered: tuple[str, ...] = ()
    people_made: int = 0
    attempt: Attempt | None = None
    receipt: Receipt | None = None
    found: str | None = None

    def due(self) -> datetime:
        return self.last_at + KEPT

    def lookups(self) -> Iterable[str]:
        return [known for known in (self.found, self.receipt and self.receipt.made) if known]


class Stopped(StrEnum):
    """Why a call leads nowhere."""

    GONE = "gone"
    TOO_MANY = "too_many"
    REFUSED = "refused"


class OfJourney(Event):
    """What somebody does with the journey `journey`, from the browser `owner`."""

    journey: str
    owner: str


class Begin(OfJourney):
    """The first page is opened."""

    TYPE = "begin"

    kind: Kind


class Reply(OfJourney):
    """A page is sent: what it holds, and which of its buttons was pressed."""

    TYPE = "reply"

    path: str
    entries: Entries
    button: str = ""


class Submit(OfJourney):
    """All answers are sent off, as they were `shown`."""

    TYPE = "submit"

    shown: str


class Stay(OfJourney):
    """The answers are to be kept for longer."""

    TYPE = "stay"
