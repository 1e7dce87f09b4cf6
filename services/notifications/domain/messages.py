"""One thing that a requester is told: an e-mail, or a task to telephone or write (R26)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from services.notifications.domain.correspondence import Correspondence
from services.notifications.domain.safe_times import ANY_TIME, next_safe
from services.notifications.domain.texts import on_one_line, prison_name, render
from shared.events.envelope import derive_id
from shared.events.form import PreferredContact, Requester, SafeToContact
from shared.runtime.work import State


class Step(StrEnum):
    """What a requester hears about; each has a template of its name."""

    RECEIVED = "received"
    SENT_TO_PRISON = "sent_to_prison"
    HELD = "held"
    NOT_IN_PRISON = "not_in_prison"
    PERSON_LOOKING = "person_looking"
    AUTHORISED = "authorised"
    REFUSED = "refused"
    MORE_NEEDED = "more_needed"
    IMPLEMENTED = "implemented"
    REVIEWED = "reviewed"
    LIFTED = "lifted"
    WITHDRAWAL_NOTED = "withdrawal_noted"
    ENDED = "ended"
    RELEASED = "released"
    BREACH_PASSED_ON = "breach_passed_on"


class Stage(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    TASK = "task"


class Message(State):
    """`handed_over` is set just before the step whose outcome may never be known: from then on nobody sends it again.

    `holder` sends it until `held_until`, which is machine time; `not_before` and `kept_until` are the
    service’s.
    """

    COLLECTION: ClassVar[str] = "messages"

    message_id: str
    request_id: str
    reference: str
    step: Step
    by: PreferredContact
    name: str
    to: str
    subject: str
    text: str
    safe: SafeToContact = ANY_TIME
    written_at: datetime
    stage: Stage
    not_before: datetime
    attempts: int = 0
    look_ups: int = 0
    came_back: bool = False
    handed_over: bool = False
    holder: str | None = None
    held_until: datetime | None = None
    kept_until: datetime | None = None

    @property
    def settled(self) -> bool:
        """Sent, or a person's task: nothing more comes of it."""
        return self.stage in (Stage.SENT, Stage.TASK)

    def due(self) -> datetime | None:
        if self.settled:
            return self.kept_until
        return self.not_before if self.stage is Stage.WAITING else None

    def lookups(self) -> tuple[str, ...]:
        return (self.stage,) if self.stage in (Stage.READY, Stage.SENDING) else ()


def write(state: Correspondence, step: Step, about: str, now: datetime, prison: str = "", **facts: Any) -> Message:
    """The message of `step`; `about` tells it from others of the same step (a block, a review).

    Only police and probation read which prison it is (R41); the subject is neutral, or the requester's alias (R26).
    """
    requester = state.requester
    by, to = way_to(requester)
    safe = requester.safe_to_contact or ANY_TIME
    shown = prison_name(prison) if prison and state.agency else "the prison"
    not_before = next_safe(safe, now) if by is PreferredContact.EMAIL else now
    return Message(
        message_id=derive_id("message", state.request_id, step, about),
        request_id=state.request_id,
        reference=state.reference,
        step=step,
        by=by,
        name=on_one_line(requester.name),
        to=to,
        subject=on_one_line(safe.subject_alias or f"Your request {state.reference}"),
        text=render(step, reference=state.reference, prison=shown, **facts),
        safe=safe,
        written_at=now,
        stage=_first_stage(by, not_before, now),
        not_before=not_before,
    )


def way_to(requester: Requester) -> tuple[PreferredContact, str]:
    """The way the requester asked for, if its details are there; otherwise e-mail, telephone, post (R26)."""
    address = requester.address
    lines = (*address.lines, address.town, address.postcode) if address else ()
    details = {
        PreferredContact.EMAIL: requester.email or "",
        PreferredContact.PHONE: requester.phone or "",
        PreferredContact.POST: "\n".join(on_one_line(line) for line in lines if line),
    }
    order = (requester.preferred_contact or PreferredContact.EMAIL, *PreferredContact)
    return next(((by, details[by]) for by in order if details[by]), (PreferredContact.POST, ""))


def _first_stage(by: PreferredContact, not_before: datetime, now: datetime) -> Stage:
    if by is not PreferredContact.EMAIL:
        return Stage.TASK
    return Stage.READY if not_before <= now else Stage.WAITING
