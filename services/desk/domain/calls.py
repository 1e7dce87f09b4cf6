"""What people do at the desk: each press of a button is one call into the core, and counts once."""

from datetime import datetime
from typing import Any

from services.desk.domain.history import Decision
from shared.domain.addresses import Address
from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events.envelope import Event, Moment
from shared.events.form import Form
from shared.events.inbound import AcknowledgementOutcome, BreachAction, DecisionOutcome
from shared.events.requests import Channel


class Who(Form):
    """Who presses the button: their name as it is recorded, and their prisons (None: every one)."""

    name: str
    prisons: tuple[PrisonId, ...] | None = None

    def may_act_for(self, prison_id: str | None) -> bool:
        return prison_id is not None and (self.prisons is None or prison_id in self.prisons)


class Call(Event):
    """One press of a button. `version` is that of the page it was on."""

    TYPE = "call"

    who: Who
    version: int = 0


class Verdict(Form):
    """What is decided about one protected person (R12)."""

    block_id: str
    outcome: DecisionOutcome
    reason: str | None = None
    excluded: tuple[str | Address, ...] = ()
    review_after_days: int | None = None


class Decide(Call):
    """A prison decides about the people of a request."""

    TYPE = "decide"

    request_id: str
    verdicts: tuple[Verdict, ...]


class Withdraw(Call):
    """The protected person changed their mind; `check` says how it was made sure that it was them (R17, R47)."""

    TYPE = "withdraw"

    request_id: str
    block_ids: tuple[str, ...]
    check: str


class Act(Call):
    """What was done about a breach, and whether a new number or address joins the block (R29, R30)."""

    TYPE = "act"

    breach_id: str
    actions: tuple[BreachAction, ...] = ()
    note: str | None = None
    join: bool | None = None


class DecideReview(Call):
    """A review keeps, changes or ends the block (R22)."""

    TYPE = "decide-review"

    review_id: str
    outcome: DecisionOutcome
    reason: str | None = None
    excluded: tuple[str | Address, ...] = ()
    review_after_days: int | None = None


class Acknowledge(Call):
    """The list is in force at the prison, or could not be put in force (R13). `version` is the list's."""

    TYPE = "acknowledge"

    number: PrisonerNumber
    outcome: AcknowledgementOutcome
    reason: str | None = None


class Choose(Call):
    """Which prisoner a request or a breach report is about; None: there is no such prisoner (R9)."""

    TYPE = "choose"

    subject: str
    prisoner_number: PrisonerNumber | None = None
    reason: str | None = None


class Try(Call):
    """A task was done, or is to be tried again (R26, R28)."""

    TYPE = "try"

    task_id: str
    note: str
    again_at: Moment | None = None


class Take(Call):
    """What somebody asked for, or reported, by telephone or e-mail goes to intake (R4, R29). `external_id` is the page's own.

    `mail_id` is of the mail that it was made of.
    """

    TYPE = "take"

    external_id: str
    breach: bool = False
    came_by: Channel = Channel.TELEPHONE
    mail_id: str | None = None
    body: dict[str, Any]


class Drop(Call):
    """What intake did not take in is needed no more, and why (R4)."""

    TYPE = "drop"

    external_id: str
    reason: str


class DecideMail(Call):
    """A mail is not for us (R4)."""

    TYPE = "decide-mail"

    mail_id: str
    reason: str


class Done(Form):
    """It is saved, and on its way."""


class Overtaken(Form):
    """Somebody was first: what was decided, by whom and when, so that the second can be told."""

    first: Decision | None = None


class NotTheirs(Form):
    """There is nothing of this kind, or it is not theirs to decide (any more)."""


Answer = Done | Overtaken | NotTheirs


def overtaken_by(outcome: str, by: str, at: datetime) -> Overtaken:
    return Overtaken(first=Decision(decision_id="", outcome=outcome, by=by, at=at))
