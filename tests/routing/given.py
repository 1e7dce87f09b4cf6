"""Events as routing meets them."""

from datetime import datetime
from typing import Any

from services.routing.handlers import DUE, HANDLERS
from shared.events.blocks import BlockEvent
from shared.events.breaches import BreachReportSubmitted
from shared.events.inbound import PrisonerMoved, PrisonerRecorded, RoutingDecided
from shared.events.requests import ContactRequestSubmitted
from tests.support.world import START, World, moved

JOHN, OTHER = "A1234BC", "B1234BC"
BORN = "1990-01-31"


def world() -> World:
    return World(HANDLERS, DUE)


def prisoner(number: str = JOHN, at: datetime = START, **fields: Any) -> PrisonerRecorded:
    return PrisonerRecorded.model_validate(
        {
            "prisoner_number": number,
            "first_name": "John",
            "last_name": "Example",
            "date_of_birth": BORN,
            "prison_id": "LEI",
            "status": "in_custody",
            "crn": "X123456",
            "as_of": at,
        }
        | fields
    )


def submitted(request_id: str = "r1", at: datetime = START, **prisoner: Any) -> ContactRequestSubmitted:
    about = {"name": "John Example", "number": JOHN} | prisoner
    return ContactRequestSubmitted.model_validate(
        {
            "request_id": request_id,
            "reference": "UPC-7KQ-M2X-WDHC",
            "channel": "http",
            "submitted_at": at,
            "request": {
                "requester": {"name": "Jane Example", "role": "victim", "phone": "+447700900123"},
                "consent": "self",
                "prisoner": about,
                "protected_people": [
                    {"name": "Jane Example", "phones": ["+447700900123"]},
                    {"name": "Jack Example", "emails": ["jack@example.org"]},
                ],
            },
        }
    )


def by_details(request_id: str = "r1", **details: Any) -> ContactRequestSubmitted:
    return submitted(request_id, **({"number": None, "date_of_birth": BORN, "believed_prison": "LEI"} | details))


def decision(model: type[BlockEvent], block_id: str, **fields: Any) -> BlockEvent:
    """What blocking says of one block of r1."""
    ids = {"block_id": block_id, "request_id": "r1", "reference": "UPC-7KQ-M2X-WDHC", "prisoner_number": JOHN}
    more = {"name": "Jane", "consent": "self", "implementation_deadline": START, "reason": "no"}
    return model.model_validate(ids | {"prison_id": "LEI", "at": START} | more | fields)


def received(prison_id: str, at: datetime, number: str = JOHN, search: bool = False) -> PrisonerMoved:
    what = "search received" if search else "received"
    return PrisonerMoved.model_validate(moved(number, what, at, reason="ADMISSION", prisonId=prison_id))


def released(at: datetime, reason: str = "RELEASED", code: str | None = "CR", search: bool = False) -> PrisonerMoved:
    what = "search released" if search else "released"
    details = {"reason": reason, "prisonId": "LEI", "nomisMovementReasonCode": code}
    return PrisonerMoved.model_validate(moved(JOHN, what, at, **details))


def merged(kept: str, removed: str, at: datetime = START) -> PrisonerMoved:
    return PrisonerMoved.model_validate(moved(kept, "merged", at, removedNomsNumber=removed, reason="MERGE"))


def choice(prisoner_number: str | None, request_id: str = "r1") -> RoutingDecided:
    return RoutingDecided.model_validate(
        {"decision_id": "d", "request_id": request_id, "prisoner_number": prisoner_number, "decided_at": START}
    )


def breach(request_id: str | None = None, **prisoner: Any) -> BreachReportSubmitted:
    about = {"prisoner": {"name": "John Example"} | prisoner} if prisoner else {}
    return BreachReportSubmitted.model_validate(
        {
            "breach_id": "x1",
            "breach_reference": "UPC-7KQ-M2X-WDHC",
            "channel": "http",
            "request_id": request_id,
            "submitted_at": START,
            "report": {"channel": "phone", "what_happened": "He rang"} | about,
        }
    )
