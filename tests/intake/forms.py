"""Bodies as outside parties send them."""

from typing import Any
from uuid import uuid1


def request(**changes: Any) -> dict[str, Any]:
    """A complete contact request of the police, about people nobody else asks about."""
    some = uuid1().hex[:12]
    return {
        "external_id": f"WYP-{some}",
        "requester": {
            "name": "PC Alex Example",
            "role": "police",
            "organisation": "West Yorkshire Police",
            "email": "alex@police.example",
            "phone": None,
            "address": None,
            "preferred_contact": "email",
            "safe_to_contact": None,
        },
        "consent": "not_given",
        "grounds": {
            "kind": "court_order",
            "rationale": "Threats by telephone to the victim since the arrest",
            "court": "Leeds Magistrates' Court",
            "ordered_on": "2026-10-01",
            "ends_on": "2027-10-01",
        },
        "prisoner": {
            "name": f"John {some}",
            "number": "A1234BC",
            "date_of_birth": "1990-01-31",
            "believed_prison": "LEI",
        },
        "protected_people": [
            {
                "name": f"Jane {some}",
                "other_names": [],
                "phones": ["07700 900123"],
                "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "ls11aa"}],
                "emails": [],
            }
        ],
        "cps_urn": "13/AA/12345/26",
        "crime_reference": None,
    } | changes


def least() -> dict[str, Any]:
    """No more than R2 asks for."""
    some = uuid1().hex[:12]
    return {
        "requester": {"name": "Jane Example", "role": "victim", "phone": "07700 900123"},
        "consent": "self",
        "prisoner": {"name": f"John {some}"},
        "protected_people": [{"name": "Jane Example", "emails": ["Jane@Example.org"]}],
    }


def breach(**changes: Any) -> dict[str, Any]:
    """A complete breach report without a reference."""
    some = uuid1().hex[:12]
    return {
        "external_id": f"WYP-B-{some}",
        "reporter": {"name": "Jane Example", "phone": "07700 900123", "email": None},
        "prisoner": {"name": f"John {some}", "number": "A1234BC"},
        "protected_person": "Jane Example",
        "channel": "phone",
        "happened_at": "2026-11-22T21:40:00Z",
        "contact_used": "07700 900999",
        "what_happened": "He rang and said he knows where I live",
        "cps_urn": None,
    } | changes
