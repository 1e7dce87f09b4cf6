"""Whether a submission is complete (R2, R3, R29): the request as it goes on, or every fault in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.domain.references import canonical_reference
from shared.domain.working_days import london, parse_time
from shared.events.asked import BreachReportAsked, ContactRequestAsked, is_blank, one_line
from shared.events.breaches import BreachReport
from shared.events.faults import each_once, faults_of
from shared.events.form import ContactRequest, Form
from shared.events.requests import Fault

LEAST_RATIONALE = 10
"""Characters; fewer can't be a rationale that a prison could weigh."""
LARGEST = 100_000
"""Bytes of a canonical form: what follows from it, in all services, has to fit Kafka's records."""
AHEAD = timedelta(hours=1)
"""By how much a sender's clock may be ahead of ours."""
WAYS = {"email": "email", "phone": "phone", "post": "address"}
MISSPELLED = "is not as ours are: please check it, or name the prisoner and the protected person"
NO_WAY = "needs an e-mail address, a telephone number or a postal address"

F = TypeVar("F", bound=Form)
T = TypeVar("T")
Body = Mapping[str, Any]
Checked = tuple[F | None, Sequence[Fault]]


def check_request(body: object, now: datetime) -> Checked[ContactRequest]:
    """A complete contact request, or all that is wrong with it.

    Both where nothing but time speaks against it: it may have come in before its order ended (R5).
    """
    today = london(now).date()
    form, faults = _check(body, ContactRequestAsked, ContactRequest, lambda found: _rules_of_request(found, today))
    return form, each_once([*faults, *_ended(body, today)])


def check_breach(body: object, now: datetime) -> Checked[BreachReport]:
    """A complete breach report, or all that is wrong with it."""
    return _check(body, BreachReportAsked, BreachReport, lambda found: _rules_of_breach(found, now))


def _check(body: object, asked: type[Form], canonical: type[F], rules: Any) -> Checked[F]:
    if not isinstance(body, Mapping):
        return None, [Fault(pointer="", fault="should be an object")]
    faults: list[Fault] = []
    try:
        form = asked.model_validate(body)
    except ValidationError as error:
        faults += faults_of(error)
    faults += rules(body)
    if faults:
        return None, each_once(faults)
    complete = canonical.model_validate(form.model_dump())
    if len(complete.model_dump_json().encode()) > LARGEST:
        return None, [Fault(pointer="", fault=f"is too large in all: at most {LARGEST:,} bytes")]
    return complete, ()


def _rules_of_request(body: Body, today: date) -> Iterator[Fault]:
    """What the fields have to say together. It looks at what was sent, so that no fault hides another."""
    yield from _reachable(_part(body, "requester"))
    yield from _justified(body, today)
    yield from _born(_part(body, "prisoner"), today)
    people = body.get("protected_people")
    for place, person in enumerate(people if isinstance(people, list | tuple) else ()):
        if isinstance(person, Mapping) and _silent(person, "phones", "addresses", "emails"):
            yield Fault(pointer=f"/protected_people/{place}", fault=NO_WAY)


def _reachable(requester: Body) -> Iterator[Fault]:
    if requester and _silent(requester, *WAYS.values()):
        yield Fault(pointer="/requester", fault=NO_WAY)
    preferred = requester.get("preferred_contact")
    if isinstance(preferred, str) and preferred in WAYS and _silent(requester, WAYS[preferred]):
        yield Fault(pointer="/requester/preferred_contact", fault=f"needs the requester's {WAYS[preferred]}")


def _justified(body: Body, today: date) -> Iterator[Fault]:
    """Without consent there have to be grounds with a detailed rationale; with a court's order, the court (R3)."""
    grounds = _part(body, "grounds")
    if body.get("consent") == "not_given":
        if not grounds:
            yield Fault(pointer="/grounds", fault="is needed without consent: kind and a detailed rationale")
        rationale = grounds.get("rationale")
        if isinstance(rationale, str) and len(one_line(rationale)) < LEAST_RATIONALE:
            fault = f"should say in detail why, in at least {LEAST_RATIONALE} characters"
            yield Fault(pointer="/grounds/rationale", fault=fault)
    if grounds.get("kind") in ("court_order", "bail_condition") and _silent(grounds, "court"):
        yield Fault(pointer="/grounds/court", fault="is needed for a court order or bail condition")
    ordered, ends = _day(grounds.get("ordered_on")), _day(grounds.get("ends_on"))
    if ordered and ordered > today:
        yield Fault(pointer="/grounds/ordered_on", fault="is in the future")
    if ends and ordered and ends < ordered:
        yield Fault(pointer="/grounds/ends_on", fault="is before the order was made")


def _ended(body: object, today: date) -> Iterator[Fault]:
    """An order is in force through its last day (R46)."""
    ends = _day(_part(body, "grounds").get("ends_on")) if isinstance(body, Mapping) else None
    if ends and ends < today:
        yield Fault(pointer="/grounds/ends_on", fault="is past")


def _rules_of_breach(body: Body, now: datetime) -> Iterator[Fault]:
    """Which block it is about: by our reference, or by the two people (R29). And it has happened.

    Whether a reference is anybody's is not asked: the answer would tell (R42). Anyone can see that one is misspelled.
    """
    yield from _born(_part(body, "prisoner"), london(now).date())
    happened = _read(parse_time, body.get("happened_at"))
    if happened and happened > now + AHEAD:
        yield Fault(pointer="/happened_at", fault="is in the future")
    unnamed = [name for name in ("prisoner", "protected_person") if _silent(body, name)]
    reference = body.get("reference")
    if _silent(body, "reference"):
        yield from (Fault(pointer=f"/{name}", fault="is needed where there is no reference") for name in unnamed)
    elif unnamed and isinstance(reference, str) and canonical_reference(reference) is None:
        yield Fault(pointer="/reference", fault=MISSPELLED)


def _born(prisoner: Body, today: date) -> Iterator[Fault]:
    born = _day(prisoner.get("date_of_birth"))
    if born and born > today:
        yield Fault(pointer="/prisoner/date_of_birth", fault="is in the future")


def _part(body: Body, name: str) -> Body:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}


def _silent(part: Body, *names: str) -> bool:
    """Whether none of these fields says anything."""
    return all(is_blank(part.get(name)) for name in names)


def _day(value: object) -> date | None:
    return _read(date.fromisoformat, value)


def _read(read: Callable[[str], T], value: object) -> T | None:
    try:
        return read(value) if isinstance(value, str) else None
    except ValueError:
        return None
