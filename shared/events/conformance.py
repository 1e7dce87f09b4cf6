"""What would be said of a record that somebody outside is about to send: every fault in it, and never what it says (R3, R42)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.events.catalogue import CATALOGUE
from shared.events.check import AHEAD, check_breach, check_request
from shared.events.envelope import Event
from shared.events.faults import each_once, faults_of, pointer
from shared.events.principals import Principal
from shared.events.requests import Fault
from shared.events.submissions import BreachReportReceived, ContactRequestReceived

FORMS: Mapping[type[Event], Callable[[object, datetime], tuple[Any, Sequence[Fault]]]] = {
    ContactRequestReceived: check_request,
    BreachReportReceived: check_breach,
}
"""What is answered with its faults; what else comes in is set aside for them."""
SENT: Mapping[str, type[Event]] = {
    model.TOPIC.name: model
    for model in CATALOGUE.models
    if model.TOPIC.inbound and set(model.TOPIC.written_by) - {Principal.DESK, Principal.SRE}
}
"""What organisations outside send, by the topic's name."""


class Verdict(NamedTuple):
    """`faults`: why it would be refused or set aside. `named`: whether it names itself, and so needs no CloudEvents headers."""

    faults: Sequence[Fault]
    named: bool


def verdict(model: type[Event], body: object, now: datetime) -> Verdict:
    """What would be said of `body` on the topic of `model`, if it came `now`, by what it says alone.

    What depends on what came before it (is there such a request, such a version?) nobody can know from here.
    """
    try:
        event = model.model_validate(body)
    except ValidationError as error:
        return Verdict(each_once(_where_it_is(body, error)), False)
    _, faults = FORMS[model](body, now) if model in FORMS else (None, [*_too_early(event, now)])
    return Verdict(faults, event.own_id() is not None)


def _too_early(event: Event, now: datetime) -> Iterable[Fault]:
    happened = event.happened()
    if happened and happened - now > AHEAD:
        yield Fault(pointer="", fault="says that it happened in the future")


def _where_it_is(body: object, error: ValidationError) -> Iterable[Fault]:
    """Each fault, at its place in `body`: where a value may be of several kinds, a model names each that it tried."""
    for details, fault in zip(error.errors(include_url=False), faults_of(error), strict=True):
        yield Fault(pointer=pointer(_there(body, details)), fault=fault.fault)


def _there(body: object, fault: ErrorDetails) -> Iterable[str | int]:
    """What of the fault's place is in `body`, and the field that is missing there."""
    for part in fault["loc"]:
        known = isinstance(body, Mapping) and part in body
        if known or (isinstance(body, list) and isinstance(part, int)):
            yield part
            body = body[part]  # type: ignore[index]
    if fault["type"] == "missing":
        yield fault["loc"][-1]
