"""A breach report that was taken in (R29)."""

from shared.events.envelope import Moment
from shared.runtime.work import State


class Breach(State):
    """What is kept of a report here: that it came in, and what it is called."""

    COLLECTION = "breaches"

    reference: str
    request_id: str | None = None
    submitted_at: Moment

    def lookups(self) -> tuple[str, ...]:
        """The request, with which it is let go (R48)."""
        return (self.request_id,) if self.request_id else ()
