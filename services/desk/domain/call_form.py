"""The operator's form: what was typed as the body of a submission, and intake's faults back on its fields (R3, R4)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from shared.events.requests import Fault

Fields = Mapping[str, str]
"""What was typed, by the names of the fields."""
MOST_PEOPLE = 20
_POSTCODE = re.compile(r"\b[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2}\s*$")
_LABELS: Sequence[tuple[str, str, str]] = (
    (r"/requester/name", "caller-name", "Caller’s name"),
    (r"/requester/role", "caller-role", "Who the caller is"),
    (r"/requester/organisation", "caller-organisation", "Caller’s organisation"),
    (r"/requester/relation", "caller-relation", "Caller’s relation"),
    (r"/requester/email", "caller-email", "Caller’s email address"),
    (r"/requester/phone", "caller-phone", "Caller’s phone number"),
    (r"/requester/address.*", "caller-address", "Caller’s address"),
    (r"/requester/preferred_contact", "caller-preferred", "How to reach the caller"),
    (r"/requester/safe_to_contact/not_before", "safe-from", "Safe from"),
    (r"/requester/safe_to_contact/not_after", "safe-to", "Safe until"),
    (r"/requester/safe_to_contact.*", "safe-notes", "What keeps the caller safe"),
    (r"/requester", "caller-phone", "The caller"),
    (r"/consent", "consent", "Whether the protected person agreed"),
    (r"/grounds/kind|/grounds", "grounds", "Why it is asked without consent"),
    (r"/grounds/rationale", "rationale", "The reasons in detail"),
    (r"/grounds/court", "court", "The court"),
    (r"/grounds/ordered_on", "ordered-on", "The date of the order"),
    (r"/grounds/ends_on", "ends-on", "The date the order ends"),
    (r"/prisoner/name|/prisoner", "prisoner-name", "Prisoner’s name"),
    (r"/prisoner/number", "prisoner-number", "Prisoner number"),
    (r"/prisoner/date_of_birth", "prisoner-born", "Prisoner’s date of birth"),
    (r"/prisoner/believed_prison", "prisoner-prison", "The prison"),
    (r"/protected_people/(\d+)/name", "person-{}-name", "Name of person {}"),
    (r"/protected_people/(\d+)/other_names.*", "person-{}-other", "Other names of person {}"),
    (r"/protected_people/(\d+)/phones.*", "person-{}-phones", "A phone number of person {}"),
    (r"/protected_people/(\d+)/addresses.*", "person-{}-addresses", "An address of person {}"),
    (r"/protected_people/(\d+)/emails.*", "person-{}-emails", "An email address of person {}"),
    (r"/protected_people/(\d+)", "person-{}-phones", "Person {}"),
    (r"/protected_people", "person-0-name", "The protected people"),
    (r"/cps_urn", "cps-urn", "CPS reference (URN)"),
    (r"/crime_reference", "crime-reference", "Crime reference"),
    (r"/reference", "reference", "The reference"),
    (r"/reporter/name", "reporter-name", "Caller’s name"),
    (r"/reporter/phone", "reporter-phone", "Caller’s phone number"),
    (r"/reporter/email", "reporter-email", "Caller’s email address"),
    (r"/protected_person", "protected-person", "The protected person"),
    (r"/channel", "channel", "How contact was made"),
    (r"/happened_at", "happened-on", "When it happened"),
    (r"/contact_used", "contact-used", "The number or address used"),
    (r"/what_happened", "what-happened", "What happened"),
)


def request_body(fields: Fields) -> dict[str, Any]:
    """The body of a contact request. Where the caller is the protected person, their name and details count for both."""
    body: dict[str, Any] = {
        "requester": _caller(fields),
        "consent": fields.get("consent", ""),
        "prisoner": _prisoner(fields),
        "protected_people": [_person(fields, place) for place in people_in(fields)],
        "cps_urn": fields.get("cps-urn", ""),
        "crime_reference": fields.get("crime-reference", ""),
    }
    if fields.get("consent") == "not_given":
        body["grounds"] = {
            "kind": fields.get("grounds", ""),
            "rationale": fields.get("rationale", ""),
            "court": fields.get("court", ""),
            "ordered_on": _day(fields.get("ordered-on", "")),
            "ends_on": _day(fields.get("ends-on", "")),
        }
    return body


def breach_body(fields: Fields) -> dict[str, Any]:
    """The body of a breach report (R29)."""
    named = {"name": fields.get("prisoner-name", ""), "number": fields.get("prisoner-number", "")}
    return {
        "reference": fields.get("reference", ""),
        "reporter": {
            "name": fields.get("reporter-name", ""),
            "phone": fields.get("reporter-phone", ""),
            "email": fields.get("reporter-email", ""),
        },
        "prisoner": named if any(named.values()) else None,
        "protected_person": fields.get("protected-person", ""),
        "channel": fields.get("channel", ""),
        "happened_at": _moment(fields.get("happened-on", ""), fields.get("happened-at", "")),
        "contact_used": fields.get("contact-used", ""),
        "what_happened": fields.get("what-happened", ""),
        "cps_urn": fields.get("cps-urn", ""),
    }


def people_in(fields: Fields) -> Sequence[int]:
    """The places of the protected people on the form: those with anything written, the first in any case."""
    places = {int(match[1]) for name, said in fields.items() if said and (match := re.match(r"person-(\d+)-", name))}
    return sorted({0, *places})[:MOST_PEOPLE]


def on_fields(faults: Iterable[Fault], fields: Fields) -> Mapping[str, str]:
    """Each fault as a sentence, by the field it is about."""
    places = people_in(fields)
    said: dict[str, str] = {}
    for fault in faults:
        field, label = _field(fault.pointer, places)
        said.setdefault(field, f"{label} {fault.fault}")
    return said


def _field(pointer: str, places: Sequence[int]) -> tuple[str, str]:
    for pattern, field, label in _LABELS:
        match = re.fullmatch(pattern, pointer)
        if match:
            place = places[int(match[1])] if match.groups() and int(match[1]) < len(places) else 0
            return field.format(place), label.format(place + 1)
    return "caller-name", "The form"


def _caller(fields: Fields) -> dict[str, Any]:
    safe = {
        "not_before": fields.get("safe-from", ""),
        "not_after": fields.get("safe-to", ""),
        "no_voicemail": fields.get("no-voicemail") == "yes",
        "subject_alias": fields.get("safe-subject", ""),
        "notes": fields.get("safe-notes", ""),
    }
    address = _address(fields.get("caller-address", ""))
    return {
        "name": fields.get("caller-name", ""),
        "role": fields.get("caller-role", ""),
        "organisation": fields.get("caller-organisation", ""),
        "relation": fields.get("caller-relation", ""),
        "email": fields.get("caller-email", ""),
        "phone": fields.get("caller-phone", ""),
        "preferred_contact": fields.get("caller-preferred") or None,
        "address": address,
        "safe_to_contact": safe if any(safe.values()) else None,
    }


def _prisoner(fields: Fields) -> dict[str, Any]:
    return {
        "name": fields.get("prisoner-name", ""),
        "number": fields.get("prisoner-number", ""),
        "date_of_birth": _day(fields.get("prisoner-born", "")),
        "believed_prison": fields.get("prisoner-prison", ""),
    }


def _person(fields: Fields, place: int) -> dict[str, Any]:
    def lines(what: str) -> list[str]:
        return [line.strip() for line in fields.get(f"person-{place}-{what}", "").splitlines() if line.strip()]

    themselves = place == 0 and fields.get("consent") == "self"
    name = fields.get(f"person-{place}-name", "")
    person = {
        "name": fields.get("caller-name", "") if themselves and not name else name,
        "other_names": lines("other"),
        "phones": lines("phones"),
        "addresses": [address for line in lines("addresses") if (address := _address(line))],
        "emails": lines("emails"),
    }
    if themselves and not (person["phones"] or person["addresses"] or person["emails"]):
        own = _address(fields.get("caller-address", ""))
        person |= {
            "phones": [phone for phone in [fields.get("caller-phone", "")] if phone],
            "addresses": [own] if own else [],
            "emails": [email for email in [fields.get("caller-email", "")] if email],
        }
    return person


def _address(line: str) -> dict[str, Any] | None:
    """`1 High Street, Leeds, LS1 1AA`: the postcode ends it, and a town stands before that."""
    found = _POSTCODE.search(line)
    before = line[: found.start()] if found else line
    parts = [part.strip() for part in re.split(r"[,\n]", before) if part.strip()]
    if not parts and not found:
        return None
    town = parts.pop() if len(parts) > 1 else None
    return {"lines": parts, "town": town, "postcode": found[0].strip() if found else None}


def _day(typed: str) -> str | None:
    """`31 1 1990`, `31/1/1990` as a date; what is none goes on as it is, for intake to refuse."""
    parts = re.split(r"[\s/.\-]+", typed.strip())
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        day, month, year = parts if len(parts[0]) < 4 else reversed(parts)
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            return typed
    return typed or None


def _moment(day: str, clock: str) -> str | None:
    """London time; the beginning of the day where no time is known."""
    written = _day(day)
    return f"{written}T{clock or '00:00'}" if written else None


def born(typed: str) -> date | None:
    """A date of birth, as soon as it is whole."""
    try:
        return date.fromisoformat(_day(typed) or "")
    except ValueError:
        return None
