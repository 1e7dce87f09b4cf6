"""What the desk says to the metrics of what it hears: how far each request came, how, and with how much time left."""

from services.desk.domain.case import Case
from shared.domain.prisons import PRISONS
from shared.events import blocks, requests, reviews
from shared.events.breaches import BreachAlerted
from shared.events.envelope import Moment
from shared.runtime.figures import Figure
from shared.runtime.work import Work

LIFTED_OR_ENDED = {blocks.BlockLifted: "lifted", blocks.BlockEnded: "ended"}
DECIDED = {
    blocks.BlockAuthorised: "authorised",
    blocks.BlockRefused: "refused",
    blocks.BlockMoreAsked: "more_asked",
    blocks.BlockWithdrawalNoted: "withdrawal_noted",
}


def submitted(work: Work, event: requests.ContactRequestSubmitted) -> None:
    work.measure(Figure.REQUESTS, "submitted", event.channel)


def held(work: Work, event: requests.ContactRequestHeld) -> None:
    work.measure(Figure.REQUESTS, "held", event.because)


def needs_person(work: Work, event: requests.ContactRequestNeedsPerson) -> None:
    work.measure(Figure.REQUESTS, "needs_person", event.because)


def routed(work: Work, event: requests.ContactRequestRouted) -> None:
    """With a prison for the first time (R8)."""
    _reached(work, "routed", event.submitted_at, event.routed_at)
    _by(work, "routed", "routing", event.prison_id, event.routed_at, event.deadline)


def block_changed(work: Work, case: Case, event: blocks.BlockEvent) -> None:
    """`case` is as it was before. Of a block that is in force at the next prison, the first time counts (R13)."""
    first = case.person(event.block_id).implemented_at is None
    if isinstance(event, blocks.BlockImplemented):
        if first:
            _reached(work, "implemented", case.submitted_at, event.at)
            due = case.person(event.block_id).implement_by
            _by(work, "implemented", "implementation", event.prison_id, event.at, due)
    elif isinstance(event, blocks.BlockUnconfirmed):
        work.measure(Figure.REQUESTS, "unconfirmed", event.because)
    elif type(event) in LIFTED_OR_ENDED:
        work.measure(Figure.REQUESTS, "over", LIFTED_OR_ENDED[type(event)])
    elif type(event) in DECIDED:
        work.measure(Figure.REQUESTS, "decided", DECIDED[type(event)])
        _reached(work, "decided", case.submitted_at, event.at)


def reviewed(work: Work, event: reviews.ReviewDecided) -> None:
    """A fresh look at a block (R22)."""
    _by(work, "reviewed", "review", event.prison_id, event.at, event.due)


def alerted(work: Work, reported_at: Moment | None, event: BreachAlerted) -> None:
    """The prison knows of contact that went on (R29)."""
    if reported_at:
        work.measure(Figure.ALERT_SECONDS, value=max((event.at - reported_at).total_seconds(), 0.0))


def _reached(work: Work, stage: str, submitted_at: Moment | None, at: Moment) -> None:
    if submitted_at:
        work.measure(Figure.STAGE_SECONDS, stage, value=max((at - submitted_at).total_seconds(), 0.0))


def _by(work: Work, stage: str, deadline: str, prison: str, at: Moment, due: Moment | None) -> None:
    """Without a deadline, beyond the known calendar (R46), nothing is late."""
    work.measure(Figure.REQUESTS, stage, "late" if due and at > due else "in_time")
    if due:
        work.measure(
            Figure.MARGIN_SECONDS, deadline, prison if prison in PRISONS else "other", value=(due - at).total_seconds()
        )
