"""Mails that people wrote to us: what they say, what was read out of them, what became of them (R4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.domain.references import canonical_reference
from shared.domain.rules import Rules
from shared.events.envelope import Moment
from shared.events.mail import FormAnswered, MailDecided, MailOutcome, MailReceived
from shared.events.requests import Reply, ReplyOutcome
from shared.runtime.work import State


class Pile(StrEnum):
    """Where a mail lies: to be read, set aside by itself, or read."""

    OPEN = "open"
    ASIDE = "aside"
    READ = "read"


class Mail(State):
    """One mail, from whichever of its events came first. `reference` is what it was taken in under, `about` the id of that.

    It is kept while somebody has to read it, and until `over_at` after that (R48).
    """

    COLLECTION = "mails"

    mail_id: str
    received: MailReceived | None = None
    answers: tuple[FormAnswered, ...] = ()
    decision: MailDecided | None = None
    reference: str | None = None
    about: str | None = None
    over_at: Moment | None = None

    @property
    def pile(self) -> Pile:
        if self.decision:
            return Pile.READ
        return Pile.OPEN if self.rejected or (self.received and self.received.for_operators) else Pile.ASIDE

    @property
    def rejected(self) -> bool:
        """Whether intake found faults in a form that was attached."""
        return any(answer.outcome is ReplyOutcome.REJECTED for answer in self.answers)

    @property
    def taken(self) -> bool:
        return self.decision is not None and self.decision.outcome is not MailOutcome.NOT_FOR_US

    def due(self) -> datetime | None:
        return None if self.pile is Pile.OPEN else self.over_at

    def rank(self) -> datetime | None:
        return self.received.received_at if self.received else None

    def lookups(self) -> tuple[str, ...]:
        """Where it lies, under which name it went to intake, and what it became, with which it is let go."""
        form = [f"form:{self.decision.form_id}"] if self.decision and self.decision.form_id else []
        abouts = [self.about, *(answer.about for answer in self.answers)]
        piles = [f"pile:{self.pile}"] if self.received else []
        return (*piles, *form, *(f"request:{about}" for about in dict.fromkeys(abouts) if about))


def received(state: Mail, event: MailReceived, rules: Rules) -> Mail:
    return state.but(
        received=event, over_at=state.over_at or rules.kept_until(event.received_at, rules.messages_kept_days)
    )


def form_answered(state: Mail, event: FormAnswered) -> Mail:
    """Intake took in a form that was attached, or found what is wrong with it; each once."""
    if any(answer.place == event.place for answer in state.answers):
        return state
    return state.but(answers=(*state.answers, event))


def decided(state: Mail, event: MailDecided, rules: Rules) -> Mail:
    """What it was taken in as counts; what was not for us can still be taken in."""
    if state.taken:
        return state
    return state.but(decision=event, over_at=rules.kept_until(event.decided_at, rules.messages_kept_days))


def taken_in(state: Mail, event: Reply) -> Mail:
    """Intake has the form that was made of it."""
    return state.but(reference=event.reference, about=event.request_id or event.breach_id)


def reference_in(mail: MailReceived) -> str | None:
    """The one reference of ours that it names, as we write it; None where there are several: a person says which it means."""
    named = {canonical_reference(each) for each in mail.read_out.references} - {None}
    return named.pop() if len(named) == 1 else None


def draft(mail: MailReceived, breach: bool) -> Mapping[str, Any]:
    """As much of a submission's body (CONTRACT.md) as could be read out: for an operator, who has the mail beside it.

    What happened is left to them: the prison reads it, and the mail says who reports it (R29).
    """
    found = mail.read_out
    prisoner = {"name": found.prisoner_name or None, "number": _only(found.prisoner_numbers)}
    phone, postcode = _only(found.phones), _only(found.postcodes)
    writer = {"name": found.name or None, "email": mail.sender if "@" in mail.sender else None, "phone": phone}
    if breach:
        about = {"reference": reference_in(mail), "protected_person": found.protected_name or None}
        return {"reporter": writer, "prisoner": prisoner, **about}
    person = {
        "name": found.protected_name or None,
        "phones": [phone] if phone else [],
        "emails": [email] if (email := _only([each for each in found.emails if each.lower() != mail.sender])) else [],
        "addresses": [{"lines": [], "postcode": postcode}] if postcode else [],
    }
    return {"requester": writer, "prisoner": prisoner, "protected_people": [person]}


def _only(found: Sequence[str]) -> str | None:
    """The only one of its kind: of several nobody knows whose each is, and one may be the prisoner's."""
    return found[0] if len(found) == 1 else None
