"""Who is signed in, kept here and not in the browser: that has an opaque name for it, and nothing else.

Times are the machine's: how long somebody may stay signed in has nothing to do with the domain's clock.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.events.envelope import Event, Moment
from shared.runtime.work import State

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
NOTED_EVERY = timedelta(minutes=1)
"""That somebody is still there is written down no more often than this."""
MOST_SEARCHES = 20


class Session(State):
    """One browser in which somebody is signed in. Its id is a digest of the cookie; `id_token` signs them out again.

    `searches` are what they looked for last, by a name that an address may have: what they typed is about somebody.
    """

    COLLECTION = "sessions"

    started_at: Moment
    seen_at: Moment
    subject: str
    name: str
    roles: tuple[str, ...]
    prisons: tuple[str, ...]
    csrf: str
    id_token: str
    searches: Mapping[str, str] = {}

    @property
    def over_at(self) -> datetime:
        """When it ends if nobody does anything."""
        return min(self.started_at + LONGEST, self.seen_at + IDLE)

    def searching(self, name: str, search: str) -> "Session":
        """With one more search; the oldest go."""
        kept = [*self.searches.items()][1 - MOST_SEARCHES :]
        return self.but(searches=dict([*kept, (name, search)]))

    def lookups(self) -> tuple[str, ...]:
        return ("all",)

    def rank(self) -> datetime:
        return self.over_at

    def lasts(self, now: datetime) -> bool:
        return now < self.over_at

    def to_be_noted(self, now: datetime) -> bool:
        return now - self.seen_at > NOTED_EVERY


class Begin(Event):
    """Somebody has signed in; who was, in the same browser, no longer is."""

    TYPE = "begin-session"

    session_id: str
    session: Session
    instead_of: str | None = None


class Note(Event):
    """Whoever has this session is still there."""

    TYPE = "note-session"
    ABOUT_PEOPLE = False

    session_id: str
    at: Moment


class Search(Event):
    """Whoever has this session looks for something."""

    TYPE = "search"

    session_id: str
    name: str
    search: str


class End(Event):
    """Sessions that are over: signed out, or nobody came back."""

    TYPE = "end-sessions"
    ABOUT_PEOPLE = False

    session_ids: tuple[str, ...]
