"""Events as other services publish them, and records' decisions on them with nothing but memory beneath."""

from datetime import datetime, timedelta
from typing import Any

from services.records.domain.calls import PlaceHold
from services.records.domain.case import CaseRecord
from services.records.domain.story import Line, Page, pages
from services.records.handlers import DUE, HANDLERS
from shared.events import blocks, breaches, notices, requests, reviews
from shared.events.inbound import PrisonerMoved
from shared.events.requests import block_id
from tests.support.world import START, World, moved

NUMBER, OTHER, PRISON = "A1234BC", "Z9999ZZ", "LEI"
REFERENCE = "UPC-7KQ-M2X-WDHC"
REQUEST: dict[str, Any] = {
    "requester": {"name": "Sam Asker", "role": "friend", "email": "sam@example.org", "phone": "+447700900111"},
    "consent": "given",
    "prisoner": {"name": "Kim Inmate", "number": NUMBER},
    "protected_people": [{"name": "Jane Example", "phones": ["+447700900123"]}],
}


def records() -> World:
    return World(HANDLERS, DUE)


def submitted(request_id: str = "r1", reference: str = REFERENCE, people: int = 1, **fields: Any) -> Any:
    """A request of `REQUEST` with `fields`, for so many people."""
    request = REQUEST | fields
    request["protected_people"] = (
        (request["protected_people"] * people)[:people] if people > 1 else request["protected_people"]
    )
    return requests.ContactRequestSubmitted.model_validate(
        {"request_id": request_id, "reference": reference, "channel": "web", "submitted_at": START, "request": request}
    )


def routed(request_id: str = "r1", number: str = NUMBER, prison_id: str = PRISON) -> Any:
    return requests.ContactRequestRouted.model_validate(
        {
            "request_id": request_id,
            "reference": REFERENCE,
            "prisoner_number": number,
            "prison_id": prison_id,
            "matched_by": "number",
            "submitted_at": START,
            "routed_at": START,
            "deadline": START,
            "consent": "given",
            "proposed": [],
        }
    )


def held(because: str) -> Any:
    """No prison has the prisoner (R10)."""
    about = {"request_id": "r1", "reference": REFERENCE, "prisoner_number": NUMBER, "held_at": START}
    return requests.ContactRequestHeld.model_validate(about | {"because": because})


def block(model: type[blocks.BlockEvent], request_id: str = "r1", place: int = 0, **fields: Any) -> Any:
    """An event about the block of one protected person of a request."""
    about = {
        "block_id": block_id(request_id, place),
        "request_id": request_id,
        "reference": REFERENCE,
        "prisoner_number": NUMBER,
        "prison_id": PRISON,
        "at": START,
    }
    return model.model_validate(about | fields)


def authorised(request_id: str = "r1", place: int = 0, **fields: Any) -> Any:
    known = {"name": "Jane Example", "consent": "given", "implementation_deadline": START}
    return block(blocks.BlockAuthorised, request_id, place, **known | fields)


def refused(request_id: str = "r1", place: int = 0) -> Any:
    return block(blocks.BlockRefused, request_id, place, reason="no grounds")


def lifted(request_id: str = "r1", place: int = 0) -> Any:
    return block(blocks.BlockLifted, request_id, place)


def noticed(request_id: str = "r1", place: int = 0, name: str = "Jane Example") -> Any:
    notice_id = notices.notice_id(block_id(request_id, place))
    return notices.PrisonerNoticeIssued(
        notice_id=notice_id, prisoner_number=NUMBER, prison_id=PRISON, name=name, at=START
    )


def breach_submitted(breach_id: str = "br1", request_id: str | None = None, **fields: Any) -> Any:
    report = {"channel": "phone", "what_happened": "He rang again", **fields}
    return breaches.BreachReportSubmitted.model_validate(
        {
            "breach_id": breach_id,
            "breach_reference": f"UPC-{breach_id}",
            "channel": "web",
            "request_id": request_id,
            "submitted_at": START,
            "report": report,
        }
    )


def alerted(breach_id: str = "br1", request_id: str | None = None, place: int = 0, **fields: Any) -> Any:
    about: dict[str, Any] = {
        "breach_id": breach_id,
        "breach_reference": f"UPC-{breach_id}",
        "block_id": block_id(request_id, place) if request_id else None,
        "request_id": request_id,
        "reference": REFERENCE if request_id else None,
        "prisoner_number": NUMBER,
        "prison_id": PRISON,
        "protected_person": "Jane Example",
        "channel": "phone",
        "happened_at": None,
        "contact_used": None,
        "what_happened": "He rang again",
        "actions": [],
        "at": START,
    }
    return breaches.BreachAlerted.model_validate(about | fields)


def received(at: datetime, number: str = NUMBER) -> Any:
    return PrisonerMoved.model_validate(moved(number, "received", at, reason="READMISSION", prisonId="MDI"))


def merged(kept: str, removed: str) -> Any:
    return PrisonerMoved.model_validate(moved(kept, "merged", START, removedNomsNumber=removed, reason="MERGE"))


def handed_over(at: datetime, *owners: tuple[str, int]) -> Any:
    """The prisoner was released; `owners` are requests, and which of their people, whose blocks were in force."""
    held = [
        {
            "block_id": block_id(request_id, place),
            "reference": REFERENCE,
            "consent": "given",
            "name": f"Jane Example {place}",
            "authorised_at": START,
        }
        for request_id, place in owners
    ]
    return reviews.HandoverIssued.model_validate(
        {
            "handover_id": "h1",
            "prisoner_number": NUMBER,
            "released_from": PRISON,
            "released_at": at,
            "issued_at": at + timedelta(hours=1),
            "blocks": held,
        }
    )


def case(world: World, case_id: str = "r1") -> CaseRecord:
    found = world.know(CaseRecord, case_id)
    assert found
    return found


def story(world: World, case_id: str = "r1") -> list[Line]:
    keys = pages(case_id, case(world, case_id).page)
    return [line for key in keys if (page := world.know(Page, key)) for line in page.lines]


OF_REQUESTER = ("Pat Requester", "+447700900111", "asker@example.org", "ex-partner", "West Force", "at noon only")
OF_PROTECTED = (
    ("Zoe Zebra", "+447700900120", "zoe@example.org", "10 High Street", "Zee Zebra"),
    ("Yan Yak", "+447700900121", "yan@example.org", "11 High Street", "Yanni Yak"),
)
OF_PRISONER = ("Kim Inmate", NUMBER, "HMP", "LEI", "MDI", "Leeds", "Moorland")
OF_STAFF = (
    "governor says",
    "grounds are",
    "Crown Court",
    "what happened",
    "a reporter",
    "+447700900999",
    "13AA1234526",
)
"""What would tell of each: planted in every field that is theirs."""


def _protected(place: int) -> dict[str, Any]:
    name, phone, email, line, other = OF_PROTECTED[place]
    address = {"lines": [line], "town": "York", "postcode": "YO1 1AA"}
    return {"name": name, "other_names": [other], "phones": [phone], "emails": [email], "addresses": [address]}


EVERYTHING: dict[str, Any] = {
    "external_id": "13AA1234526",
    "requester": {
        "name": OF_REQUESTER[0],
        "role": "police",
        "phone": OF_REQUESTER[1],
        "email": OF_REQUESTER[2],
        "relation": OF_REQUESTER[3],
        "organisation": OF_REQUESTER[4],
        "safe_to_contact": {"notes": OF_REQUESTER[5]},
    },
    "consent": "not_given",
    "grounds": {"kind": "safeguarding", "rationale": "grounds are", "court": "Crown Court"},
    "prisoner": {"name": "Kim Inmate", "number": NUMBER, "believed_prison": PRISON},
    "protected_people": [_protected(0), _protected(1)],
    "cps_urn": "13AA1234526",
    "crime_reference": "13AA1234526",
}
NEWS: tuple[Any, ...] = (
    submitted("r1", **EVERYTHING),
    submitted("r2", **EVERYTHING),
    routed("r1"),
    routed("r2", prison_id="MDI"),
    *[authorised(request, place) for request in ("r1", "r2") for place in (0, 1)],
    *[noticed(request, place, ("Jane Example", "Ann Other")[place]) for request in ("r1", "r2") for place in (0, 1)],
    block(blocks.BlockRefused, "r1", 1, reason="governor says"),
    block(blocks.BlockMoreAsked, "r2", 1, reason="governor says"),
    block(blocks.BlockImplemented, "r1", 0, version=3),
    block(blocks.BlockImplemented, "r1", 0, version=9, prison_id="MDI"),
    lifted("r2", 0),
    breach_submitted("br1", "r1", reporter={"name": "a reporter"}, what_happened="what happened"),
    alerted("br1", "r1", what_happened="what happened", contact_used="+447700900999"),
    PlaceHold(case_id="r1", reason="governor says", placed_by="a governor"),
)
"""All that can be said of two requests of the same person for the same two people."""
