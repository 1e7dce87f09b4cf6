"""What an operator took down for a caller, on its way to intake and with intake's answer (R4)."""

from collections.abc import Mapping

from shared.events.envelope import Moment
from shared.events.requests import Fault, Reply, ReplyOutcome
from shared.runtime.work import State


class Taken(State):
    """One form, by the `external_id` that the page gave it: what was typed, until it is accepted, for putting faults right."""

    COLLECTION = "taken"

    external_id: str
    breach: bool = False
    form: Mapping[str, str] = {}
    by: str = ""
    at: Moment | None = None
    outcome: ReplyOutcome | None = None
    reference: str | None = None
    request_id: str | None = None
    faults: tuple[Fault, ...] = ()


def answered(state: Taken, event: Reply) -> Taken:
    """Intake's word: a reference, or every fault. Once accepted it stays so, whatever is sent under the same name (R5)."""
    if state.outcome is ReplyOutcome.ACCEPTED:
        return state
    accepted = event.outcome is ReplyOutcome.ACCEPTED
    return state.but(
        outcome=event.outcome,
        reference=event.reference,
        request_id=event.request_id,
        faults=event.faults,
        form={} if accepted else state.form,
    )
