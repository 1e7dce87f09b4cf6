"""What a person has to do where no e-mail can do it (R26, R28)."""

from datetime import datetime
from functools import partial

from services.notifications.domain.correspondence import Correspondence
from services.notifications.domain.messages import Message
from services.notifications.domain.texts import render
from shared.domain.rules import Rules
from shared.domain.working_days import deadline, if_known
from shared.events.envelope import derive_id
from shared.events.form import PreferredContact
from shared.events.notices import TaskKind, TaskRaised

WORKING_DAYS = 1
"""Within which a person does what no e-mail could."""


def task(message: Message, kind: TaskKind, now: datetime, rules: Rules) -> TaskRaised:
    """The task of `kind` about `message`, due within one working day: what to say, and how it is safe to say it."""
    return TaskRaised(
        task_id=derive_id("task", message.message_id, kind),
        kind=kind,
        request_id=message.request_id,
        reference=message.reference,
        step=message.step,
        text=render(f"task_{kind}", message=message, safe=message.safe),
        due=_due(now, rules),
        at=now,
    )


def to_probation(state: Correspondence, crn: str, now: datetime, rules: Rules) -> TaskRaised:
    """The prisoner of a request is released already, and has an officer: the request is passed on to them (R10)."""
    return TaskRaised(
        task_id=derive_id("task", state.request_id, TaskKind.PASS_TO_PROBATION, state.since_return),
        kind=TaskKind.PASS_TO_PROBATION,
        request_id=state.request_id,
        reference=state.reference,
        step=TaskKind.PASS_TO_PROBATION,
        text=render(f"task_{TaskKind.PASS_TO_PROBATION}", reference=state.reference, crn=crn),
        due=_due(now, rules),
        at=now,
    )


def first_task(message: Message, now: datetime, rules: Rules) -> TaskRaised | None:
    """To telephone or to write, where that is the requester's way; None for an e-mail."""
    kinds = {PreferredContact.PHONE: TaskKind.TELEPHONE, PreferredContact.POST: TaskKind.WRITE_LETTER}
    return task(message, kinds[message.by], now, rules) if message.by in kinds else None


def _due(now: datetime, rules: Rules) -> datetime:
    """At once where the calendar does not say what the next working day is (R46)."""
    return if_known(partial(deadline, working_days=WORKING_DAYS, extra=rules.one_off_holidays), now) or now
