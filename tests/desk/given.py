"""Events as the desk hears them, and presses of buttons."""

from datetime import timedelta
from typing import Any

from services.desk.domain import calls
from services.desk.domain.calls import Who
from services.desk.domain.todo import Kind, ToDo, todo_id
from services.desk.handlers import DUE, HANDLERS
from shared.events import blocks, breaches, inbound, notices, requests, reviews
from shared.events.contacts import SocialContactDecided
from shared.events.erasures import CaseErased, ErasedBecause
from shared.events.requests import block_id
from tests.support.world import START, World

JOHN, LEEDS, MOORLAND = "A1234BC", "LEI", "MDI"
REFERENCE = "UPC-7KQ-M2X-WDHC"
JANE: dict[str, Any] = {
    "name": "Jane Example",
    "phones": ["+447700900123"],
    "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
    "emails": ["jane@example.org"],
}
MARY: dict[str, Any] = {"name": "Mary Example", "phones": ["+447700900777"]}
OFFICER = Who(name="Sam Officer", prisons=(LEEDS,))
AT_MOORLAND = Who(name="Pat Governor", prisons=(MOORLAND,))
OPERATOR = Who(name="Olu Operator")


def desk() -> World:
    return World(HANDLERS, DUE)


def submitted(request: str = "r1", people: Any = (JANE,), **others: Any) -> requests.ContactRequestSubmitted:
    form = {
        "requester": {"name": "Jane Example", "role": "victim", "email": "jane@example.org"},
        "consent": "self",
        "prisoner": {"name": "John Example", "number": JOHN},
        "protected_people": list(people),
    }
    return requests.ContactRequestSubmitted.model_validate(
        {
            "request_id": request,
            "reference": REFERENCE,
            "channel": "http",
            "submitted_at": START,
            "request": form | others,
        }
    )


def routed(
    request: str = "r1", prison: str = LEEDS, people: Any = (JANE,), minutes: int = 1, **others: Any
) -> requests.ContactRequestRouted:
    return requests.ContactRequestRouted.model_validate(
        {
            "request_id": request,
            "reference": REFERENCE,
            "prisoner_number": JOHN,
            "prison_id": prison,
            "matched_by": "number",
            "submitted_at": START,
            "routed_at": START + timedelta(minutes=minutes),
            "deadline": START + timedelta(hours=32),
            "consent": "self",
            "proposed": [
                {"block_id": block_id(request, place), "person": person} for place, person in enumerate(people)
            ],
        }
        | others
    )


def block(kind: type[blocks.BlockEvent], place: int = 0, minutes: int = 10, **others: Any) -> blocks.BlockEvent:
    """What became of the block of the `place`-th person of request r1."""
    needed: dict[type[blocks.BlockEvent], dict[str, Any]] = {
        blocks.BlockAuthorised: {
            "name": "Jane Example",
            "consent": "self",
            "implementation_deadline": START + timedelta(hours=56),
        },
        blocks.BlockRefused: {"reason": "Not this one"},
        blocks.BlockMoreAsked: {"reason": "Which number?"},
        blocks.BlockImplemented: {"version": 1},
        blocks.BlockUnconfirmed: {"version": 1, "because": "overdue"},
        blocks.BlockEnded: {"because": "review"},
    }
    return kind.model_validate(
        {
            "block_id": block_id("r1", place),
            "request_id": "r1",
            "reference": REFERENCE,
            "prisoner_number": JOHN,
            "prison_id": LEEDS,
            "at": START + timedelta(minutes=minutes),
        }
        | needed.get(kind, {})
        | others
    )


def listed(version: int, prison: str = LEEDS, people: Any = (JANE,), minutes: int = 10, **others: Any) -> Any:
    """A prisoner's list with a block for each of `people`."""
    return blocks.BlockListChanged.model_validate(
        {
            "prisoner_number": JOHN,
            "prison_id": prison,
            "version": version,
            "as_of": START + timedelta(minutes=minutes),
            "blocks": [
                {"block_id": block_id("r1", place), "reference": REFERENCE, "in_force_since": START} | person
                for place, person in enumerate(people)
            ],
        }
        | others
    )


def acknowledged(version: int, prison: str = LEEDS, outcome: str = "implemented") -> inbound.BlockListAcknowledged:
    return inbound.BlockListAcknowledged.model_validate(
        {"prisoner_number": JOHN, "prison_id": prison, "version": version, "outcome": outcome, "at": START}
    )


def breach_report(breach: str = "b1", **others: Any) -> breaches.BreachReportSubmitted:
    report = {"channel": "phone", "what_happened": "He rang me"}
    said = {"breach_id": breach, "breach_reference": "UPC-BRE-ACH-2222", "channel": "http", "submitted_at": START}
    return breaches.BreachReportSubmitted.model_validate(said | {"report": report} | others)


def breach_alert(breach: str = "b1", prison: str = LEEDS, **others: Any) -> breaches.BreachAlerted:
    return breaches.BreachAlerted.model_validate(
        {
            "breach_id": breach,
            "breach_reference": "UPC-BRE-ACH-2222",
            "block_id": block_id("r1", 0),
            "request_id": "r1",
            "reference": REFERENCE,
            "prisoner_number": JOHN,
            "prison_id": prison,
            "protected_person": "Jane Example",
            "channel": "phone",
            "happened_at": START,
            "contact_used": "07700 900999",
            "what_happened": "He rang me",
            "proposed_contact_point": "+447700900999",
            "actions": ["pin_phone_check", "cell_search"],
            "at": START + timedelta(minutes=30),
        }
        | others
    )


def review(kind: type[reviews.ReviewEvent], prison: str = LEEDS, minutes: int = 20, **others: Any) -> Any:
    return kind.model_validate(
        {
            "review_id": f"v-{prison}",
            "block_id": block_id("r1", 0),
            "request_id": "r1",
            "reference": REFERENCE,
            "prisoner_number": JOHN,
            "prison_id": prison,
            "kind": "movement",
            "due": START + timedelta(days=7),
            "at": START + timedelta(minutes=minutes),
        }
        | others
    )


def handover(minutes: int = 60) -> reviews.HandoverIssued:
    """The prisoner was released, and probation has what was in force."""
    at = START + timedelta(minutes=minutes)
    about = {"handover_id": "h1", "prisoner_number": JOHN, "released_from": LEEDS, "released_at": START}
    return reviews.HandoverIssued.model_validate(about | {"issued_at": at, "blocks": ()})


def contact(name: str, contact_id: str = "c1", **others: Any) -> inbound.SocialContactChanged:
    return inbound.SocialContactChanged.model_validate(
        {
            "prisoner_number": JOHN,
            "change": "added",
            "at": START,
            "contact": {"contact_id": contact_id, "name": name} | others,
        }
    )


def contact_is(outcome: str, contact_id: str = "c1") -> SocialContactDecided:
    return SocialContactDecided.model_validate(
        {"prisoner_number": JOHN, "contact_id": contact_id, "outcome": outcome, "at": START}
    )


def task(task_id: str = "t1") -> notices.TaskRaised:
    return notices.TaskRaised.model_validate(
        {
            "task_id": task_id,
            "kind": "telephone",
            "request_id": "r1",
            "reference": REFERENCE,
            "step": "received",
            "text": "Ring her.",
            "due": START + timedelta(days=1),
            "at": START,
        }
    )


def notice() -> notices.PrisonerNoticeIssued:
    about = {"notice_id": notices.notice_id(block_id("r1", 0)), "prisoner_number": JOHN, "prison_id": LEEDS}
    return notices.PrisonerNoticeIssued.model_validate(about | {"name": "Jane Example", "at": START})


def erased() -> CaseErased:
    """Request r1 and its breach are let go."""
    return CaseErased(
        request_id="r1",
        reference=REFERENCE,
        prisoner_number=JOHN,
        block_ids=(block_id("r1", 0),),
        breach_ids=("b1",),
        because=ErasedBecause.ASKED,
        at=START,
    )


def decision(outcome: str, **others: Any) -> inbound.PrisonDecided:
    """An estate's own desk decides about request r1."""
    return inbound.PrisonDecided.model_validate(
        {
            "decision_id": "estate-1",
            "request_id": "r1",
            "prisoner_number": JOHN,
            "prison_id": LEEDS,
            "outcome": outcome,
            "decided_by": "The estate",
            "decided_at": START + timedelta(minutes=5),
        }
        | others
    )


def verdict(outcome: str, place: int = 0, **others: Any) -> calls.Verdict:
    return calls.Verdict.model_validate({"block_id": block_id("r1", place), "outcome": outcome} | others)


def decide(*verdicts: calls.Verdict, version: int = 0, who: Who = OFFICER) -> calls.Decide:
    return calls.Decide(who=who, version=version, request_id="r1", verdicts=verdicts)


def entry(world: World, kind: Kind, subject: str) -> ToDo | None:
    """An entry of the queue, where there is one."""
    return world.know(ToDo, todo_id(kind, subject))


def waiting() -> World:
    """A request about Jane and Mary waits for Leeds."""
    world = desk()
    world.on(submitted(people=(JANE, MARY)), routed(people=(JANE, MARY)))
    return world


def in_force() -> World:
    """Jane's block is in force at Leeds."""
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1), acknowledged(1))
    world.on(block(blocks.BlockImplemented, minutes=20))
    return world


def needs_person(because: str, *numbers: str) -> requests.ContactRequestNeedsPerson:
    return requests.ContactRequestNeedsPerson.model_validate(
        {
            "request_id": "r1",
            "reference": "UPC-7KQ-M2X-WDHC",
            "because": because,
            "prisoner": {"name": "John Example"},
            "candidates": [
                {"prisoner_number": number, "prison_id": LEEDS, "score": 50, "why": ["same name"]} for number in numbers
            ],
            "deadline": START + timedelta(hours=32),
            "at": START,
        }
    )
