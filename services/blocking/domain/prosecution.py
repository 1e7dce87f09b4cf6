"""What in a breach points at a prosecution, for the police and CPS (R31): from fields, never from free text."""

from datetime import datetime

from services.blocking.domain.points import points_of
from services.blocking.domain.state import Block
from shared.domain.contact_points import first_match, read_point
from shared.domain.working_days import london
from shared.events.breaches import BreachChannel, BreachReport, ProsecutionPoint
from shared.events.form import Role

NO_PRISON_CHANNEL = (BreachChannel.TEXT, BreachChannel.SOCIAL_MEDIA)


def prosecution_points(block: Block | None, report: BreachReport, now: datetime) -> tuple[ProsecutionPoint, ...]:
    """The points of one breach, each to be looked into, none of them proof."""
    points = {
        ProsecutionPoint.ILLICIT_MOBILE_PHONE: _outside_the_prisons_phones(block, report),
        ProsecutionPoint.WITNESS_INTIMIDATION: block is not None and _of_a_witness(block, report),
        ProsecutionPoint.BREACH_OF_COURT_ORDER: block is not None and _under_an_order(block, report.happened_at or now),
    }
    return tuple(point for point, there in points.items() if there)


def _outside_the_prisons_phones(block: Block | None, report: BreachReport) -> bool:
    """PIN phones send no texts and no messages, and have no mobile number that a call could come from."""
    if report.channel in NO_PRISON_CHANNEL:
        return True
    used = read_point(report.contact_used or "")
    of_the_block = block is not None and first_match(points_of(block.person), used) is not None
    return report.channel is BreachChannel.PHONE and not of_the_block and any(_mobile(phone) for phone in used.phones)


def _of_a_witness(block: Block, report: BreachReport) -> bool:
    """The request came from a witness, or the report belongs to a prosecution."""
    return block.requester_role is Role.WITNESS or bool(report.cps_urn)


def _under_an_order(block: Block, happened_at: datetime) -> bool:
    """An end date is inclusive (R46)."""
    order = block.grounds is not None and block.grounds.order
    return order and (block.order_ends_on is None or london(happened_at).date() <= block.order_ends_on)


def _mobile(phone: str) -> bool:
    return phone.startswith("+447")
