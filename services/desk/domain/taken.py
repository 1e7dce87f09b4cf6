"""What an operator took down for somebody, on its way to intake and with intake's answer (R4, R29)."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.events.envelope import Moment, derive_id
from shared.events.requests import Channel, Fault, Reply, ReplyOutcome
from shared.runtime.work import State

KEPT = timedelta(days=1)
"""For how long a reference can be read out again; what was written is gone once intake has it."""
ANSWERED = timedelta(minutes=5)
"""How long intake may take to answer before somebody has to look."""


class Taken(State):
    """One form, under the `external_id` that its page gave it. `body` is kept until it is accepted, for putting it right.

    `about` is the request, or the breach report, that it became; `deadline`, by when a request has to be at the prison (R8).
    `came_at` is when the mail came that it was made of, where it was. `presses` name each press of the button that sent it;
    `missed` is one that intake did not answer in time; `dropped`, why it is needed no more.
    """

    COLLECTION = "taken"

    external_id: str
    breach: bool = False
    came_by: Channel = Channel.TELEPHONE
    came_at: Moment | None = None
    body: Mapping[str, Any] | None = None
    digest: str = ""
    presses: tuple[str, ...] = ()
    missed: bool = False
    by: str
    at: Moment
    deadline: Moment | None = None
    outcome: ReplyOutcome | None = None
    reference: str | None = None
    about: str | None = None
    faults: tuple[Fault, ...] = ()
    over_at: Moment | None = None
    dropped: str = ""

    @property
    def rejected(self) -> bool:
        return self.outcome is ReplyOutcome.REJECTED

    @property
    def unanswered(self) -> bool:
        return self.missed and self.outcome is None

    @property
    def left(self) -> bool:
        """Intake has not taken it in, and nothing more comes of it by itself."""
        return self.rejected or self.unanswered

    @property
    def to_put_right(self) -> bool:
        """Somebody has to look."""
        return self.left and not self.dropped

    def due(self) -> datetime | None:
        """When it is let go, or missed."""
        return self.over_at if self.outcome or self.missed else self.at + ANSWERED

    def lookups(self) -> tuple[str, ...]:
        """What it became, with which it is let go (R48)."""
        return (f"request:{self.about}",) if self.about else ()


def drop(state: Taken, reason: str, now: datetime) -> Taken:
    """Nobody needs it any more: what was written is gone at once."""
    return state.but(body=None, faults=(), dropped=reason, over_at=now + KEPT)


def digest_of(body: Mapping[str, Any]) -> str:
    """What tells whether two forms say the same."""
    return derive_id(json.dumps(body, sort_keys=True))


def answered(state: Taken, event: Reply, now: datetime) -> Taken:
    """Intake's word: a reference, or every fault. Once accepted it stays so, whatever is sent under the same name (R5)."""
    if state.outcome is ReplyOutcome.ACCEPTED:
        return state
    if event.outcome is ReplyOutcome.REJECTED:
        return state.but(outcome=event.outcome, faults=event.faults)
    return state.but(
        outcome=event.outcome,
        reference=event.reference,
        about=event.request_id or event.breach_id,
        faults=(),
        body=None,
        over_at=now + KEPT,
    )
