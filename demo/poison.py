"""Records that nobody can understand, and one from the future: each has to end in dead letters and stop nothing."""

import json
from typing import Any

MARK = "demo-poison"


def of_agencies(run: str) -> list[dict[str, Any]]:
    """For intake."""
    requests, breaches = "upc.inbound.contact-requests.v1", "upc.inbound.breach-reports.v1"
    return [
        *(_bad(requests, f"{run}-{place}", raw) for place, raw in enumerate(_not_objects(run))),
        _bad(requests, f"{run}-nameless", json.dumps({MARK: f"{run}-nameless"}), headers=False),
        _bad(breaches, f"{run}-breach", f"<report>{MARK} {run}-breach</report>"),
    ]


def _not_objects(run: str) -> list[str]:
    return [f"{MARK} {run}: not JSON", f'["{MARK}", "{run}"]', f'"{MARK} {run}"', f'{{"{MARK}": "{run}", "cut off']


def of_estate(run: str, estate: str) -> list[dict[str, Any]]:
    """For routing, blocking, transfers and records."""
    mark = f"{run}-{estate}"
    shapes: dict[str, dict[str, Any]] = {
        "upc.inbound.prisoner-events.v1": {"eventType": "prisoner-offender-search.prisoner.received", "version": 1},
        "upc.inbound.prisoners.v1": {
            "prisoner_number": "A1234BC",
            "status": "in_custody",
            "as_of": "9999-12-31T00:00:00Z",
        },
        "upc.inbound.social-contacts.v1": {"prisoner_number": "A12", "change": "requested", "contact": {}},
        "upc.inbound.prison-decisions.v1": {"decision_id": mark, "outcome": "perhaps"},
        "upc.inbound.block-acknowledgements.v1": {"prisoner_number": "A1234BC", "version": "seven"},
    }
    return [
        *(_bad(topic, mark, json.dumps(shape | {MARK: mark})) for topic, shape in shapes.items()),
        _bad("upc.inbound.prisoner-events.v1", mark, json.dumps(_from_the_future(mark))),
        _bad("upc.inbound.social-contacts.v1", mark, f"{MARK} {mark}: not JSON"),
    ]


def _from_the_future(mark: str) -> dict[str, Any]:
    return {
        "eventType": "prison-offender-events.prisoner.received",
        "version": 1,
        "occurredAt": "2027-06-01T09:00:00+00:00",
        "additionalInformation": {"nomsNumber": "Z0000ZZ", "reason": "ADMISSION", "prisonId": "LEI"},
        MARK: mark,
    }


def _bad(topic: str, key: str, raw: str, headers: bool = True) -> dict[str, Any]:
    return {"topic": topic, "key": key, "raw": raw, "headers": headers, "note": {"poison": raw}}
