"""Events as transfers meets them."""

from datetime import date, datetime
from typing import Any

from services.transfers.handlers import DUE, HANDLERS
from shared.events.blocks import BlockAuthorised, BlockLifted
from shared.events.breaches import BreachActionRecorded, BreachAlerted
from shared.events.inbound import PrisonDecided, PrisonerMoved
from tests.support.world import START, World, moved

JOHN, OTHER = "A1234BC", "B1234BC"


def world() -> World:
    return World(HANDLERS, DUE)


def authorised(block: str = "b1", consent: str = "not_given", at: datetime = START, **fields: Any) -> BlockAuthorised:
    return BlockAuthorised.model_validate(
        {
            "block_id": block,
            "request_id": f"of {block}",
            "reference": "UPC-7KQ-M2X-WDHC",
            "prisoner_number": JOHN,
            "prison_id": "LEI",
            "at": at,
            "name": "Jane Example",
            "consent": consent,
            "implementation_deadline": at,
            "crn": "X123456",
        }
        | fields
    )


def lifted(block: str = "b1") -> BlockLifted:
    of = authorised(block)
    fields = of.model_dump(include={"block_id", "request_id", "reference", "prisoner_number", "prison_id", "at"})
    return BlockLifted.model_validate(fields)


def order(ends_on: date, **fields: Any) -> BlockAuthorised:
    return authorised(grounds="court_order", order_ends_on=ends_on, **fields)


def received(
    prison_id: str, at: datetime, reason: str = "TRANSFERRED", number: str = JOHN, **more: Any
) -> PrisonerMoved:
    dialect = "search received" if more.pop("search", False) else "received"
    return PrisonerMoved.model_validate(moved(number, dialect, at, reason=reason, prisonId=prison_id, **more))


def released(
    prison_id: str | None, at: datetime, reason: str = "RELEASED", code: str | None = "CR", search: bool = False
) -> PrisonerMoved:
    dialect = "search released" if search else "released"
    details = {"reason": reason, "prisonId": prison_id, "nomisMovementReasonCode": code}
    return PrisonerMoved.model_validate(moved(JOHN, dialect, at, **details))


def merged(kept: str, removed: str, at: datetime) -> PrisonerMoved:
    return PrisonerMoved.model_validate(moved(kept, "merged", at, removedNomsNumber=removed, reason="MERGE"))


def decision(outcome: str, prison_id: str, at: datetime, **about: Any) -> PrisonDecided:
    ids = {"decision_id": f"{outcome} at {at}", "prisoner_number": JOHN, "prison_id": prison_id}
    return PrisonDecided.model_validate(ids | {"outcome": outcome, "decided_at": at} | about)


def acted(breach_id: str = "x1", action: str = "cell_search") -> BreachActionRecorded:
    return BreachActionRecorded.model_validate(
        {
            "breach_id": breach_id,
            "block_id": "b1",
            "prisoner_number": JOHN,
            "prison_id": "LEI",
            "action": action,
            "at": START,
        }
    )


def breach(breach_id: str = "x1") -> BreachAlerted:
    return BreachAlerted.model_validate(
        {
            "breach_id": breach_id,
            "breach_reference": "UPC-7KQ-M2X-WDHC",
            "block_id": "b1",
            "request_id": None,
            "reference": None,
            "prisoner_number": JOHN,
            "prison_id": "LEI",
            "protected_person": None,
            "channel": "phone",
            "happened_at": START,
            "contact_used": None,
            "what_happened": "He rang",
            "actions": [],
            "at": START,
        }
    )
