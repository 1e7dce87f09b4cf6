"""Who a submission is from, as far as that is known and not only said (R5, R41)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.intake.domain.identity import fingerprint
from shared.domain.access import Caller, from_police_or_probation, organisation_owner
from shared.domain.names import canonical_name
from shared.domain.working_days import parse_time
from shared.events.breaches import BreachReport
from shared.events.form import ContactRequest, Form
from shared.events.principals import Principal, is_police_or_probation
from shared.events.requests import Channel


class Sender(Form):
    """`owner` keeps the names that a sender gives to submissions apart from all others', and may see how a request stands.

    `agency`: police or probation, who may know the prison (R41).
    """

    owner: str
    agency: bool = False


def caller(caller: Caller) -> Sender:
    """The sender of what came with an access token: whatever the form says, it is theirs."""
    return Sender(owner=caller.owner, agency=from_police_or_probation(caller))


def on_kafka(lane: str, form: ContactRequest) -> Sender:
    """On an agency's lane it is that agency, whatever the form says. Elsewhere police and probation alone can write."""
    if lane:
        return _of_lane(lane)
    by = form.requester
    owner = organisation_owner(by.organisation) if by.organisation else f"role:{by.role}"
    return Sender(owner=owner, agency=True)


def breach_on_kafka(lane: str, report: BreachReport) -> Sender:
    """The report names no organisation: whose `external_id` it is, the lane or else the reporter's name says."""
    if lane:
        return _of_lane(lane)
    return Sender(owner=f"reporter:{canonical_name((report.reporter and report.reporter.name) or '')}", agency=True)


def channel(lane: str, body: Mapping[str, Any]) -> Channel:
    """How it came in (R4). On the desk's lane an operator says whether somebody rang or wrote; elsewhere nobody is asked."""
    if lane != Principal.DESK:
        return Channel.KAFKA
    return Channel.EMAIL if body.get("came_by") == Channel.EMAIL else Channel.TELEPHONE


def came_at(lane: str, body: Mapping[str, Any], now: datetime) -> datetime:
    """When it was asked for (R8): now, or when the mail came that an operator took it from, as the desk says on its lane."""
    said = body.get("came_at") if lane == Principal.DESK else None
    return min(parse_time(str(said)), now) if said else now


def _of_lane(lane: str) -> Sender:
    return Sender(owner=f"lane:{lane}", agency=is_police_or_probation(lane))


def public(report: BreachReport) -> Sender:
    """Known by what they say alone: so nobody meets, or takes, a name that somebody else gave to other words (R42)."""
    return Sender(owner=f"public:{fingerprint(report)}")


def on_the_form(journey_id: str) -> Sender:
    """Whoever went through the public form, and nobody else: anybody can say there that they are the police (R41)."""
    return Sender(owner=f"journey:{journey_id}")
