"""The contract's own examples, word for word, read and written by our models."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.events import inbound
from shared.events.blocks import BlockListChanged
from shared.events.check import check_breach, check_request
from shared.events.contacts import SocialContactDecided
from shared.events.envelope import Event, to_record
from shared.events.notices import PrisonerNoticeIssued
from shared.events.requests import Reply, ReplyOutcome
from shared.runtime.clock import WallClock

BLOCK_LIST = """{"prisoner_number": "A1234BC", "prison_id": "LEI", "version": 7, "as_of": "2026-11-23T10:15:00Z",
 "blocks": [{"block_id": "b", "reference": "UPC-7KQ-M2X-WDHC", "name": "Jane Example", "other_names": ["Jane Sample"],
   "phones": ["+447700900123"], "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
   "emails": ["jane@example.org"], "in_force_since": "2026-11-23T10:15:00Z", "review_on": null}]}"""

CONTACT_REQUEST = """{"external_id": "WYP-2026-001234",
 "requester": {"name": "PC Alex Example", "role": "police", "organisation": "West Yorkshire Police",
   "email": "alex@police.example", "phone": null, "address": null, "preferred_contact": "email", "safe_to_contact": null},
 "consent": "not_given",
 "grounds": {"kind": "court_order", "rationale": "He threatens her by telephone", "court": "Leeds Magistrates' Court",
   "ordered_on": "2026-10-01", "ends_on": "2199-10-01"},
 "prisoner": {"name": "John Example", "number": "A1234BC", "date_of_birth": "1990-01-31", "believed_prison": "LEI"},
 "protected_people": [{"name": "Jane Example", "other_names": [], "phones": ["07700 900123"],
   "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}], "emails": []}],
 "cps_urn": "13AA1234526", "crime_reference": null}"""

BREACH = """{"external_id": "WYP-B-77", "reference": null, "reporter": {"name": "A", "phone": "07700 900123", "email": null},
 "prisoner": {"name": "John Example", "number": "A1234BC"}, "protected_person": "Jane Example", "channel": "phone",
 "happened_at": "2026-11-22T21:40:00Z", "contact_used": "07700 900999", "what_happened": "He rang", "cps_urn": null}"""

INBOUND: list[tuple[type[Event], str]] = [
    (
        inbound.PrisonerRecorded,
        """{"prisoner_number": "A1234BC", "first_name": "John", "middle_names": null, "last_name": "Example",
        "aliases": [], "date_of_birth": "1990-01-31", "prison_id": "LEI", "status": "in_custody", "crn": "X123456",
        "as_of": "2026-11-23T09:00:00Z"}""",
    ),
    (
        inbound.SocialContactChanged,
        """{"event_id": "e", "prisoner_number": "A1234BC", "change": "requested", "at": "2026-11-23T09:00:00Z",
        "contact": {"contact_id": "c", "name": "Jane Example", "relationship": "friend", "kind": "social",
        "phones": ["0044 7700 900123"], "addresses": [], "emails": []}}""",
    ),
    (
        inbound.PrisonerMoved,
        """{"eventType": "prisoner-offender-search.prisoner.received", "version": 1,
        "occurredAt": "2026-11-23T09:12:00+00:00", "description": "x",
        "additionalInformation": {"nomsNumber": "A1234BC", "reason": "TRANSFERRED", "prisonId": "MDI"},
        "personReference": {"identifiers": [{"type": "NOMS", "value": "A1234BC"}]}}""",
    ),
    (
        inbound.PrisonerMoved,
        """{"eventType": "prison-offender-events.prisoner.merged", "version": "1.0", "occurredAt": "2026-11-23T09:12:00",
        "additionalInformation": {"nomsNumber": "A1234BC", "removedNomsNumber": "A4321BC", "reason": "MERGE"}}""",
    ),
    (
        inbound.PrisonDecided,
        """{"decision_id": "d", "request_id": "r", "prisoner_number": "A1234BC", "prison_id": "LEI",
        "outcome": "authorise", "reason": null, "excluded_contact_points": ["07700 900123"], "decided_by": "x",
        "decided_at": "2026-11-23T09:12:00Z"}""",
    ),
    (
        inbound.BlockListAcknowledged,
        """{"prisoner_number": "A1234BC", "prison_id": "LEI", "version": 1, "outcome": "implemented", "reason": null,
        "at": "2026-11-23T09:12:00Z"}""",
    ),
]


@pytest.mark.parametrize(("model", "example"), INBOUND)
def test_what_an_estate_sends_is_read_and_names_itself(model: type[Event], example: str) -> None:
    assert model.model_validate_json(example).own_id()


@pytest.mark.parametrize(("check", "example"), [(check_request, CONTACT_REQUEST), (check_breach, BREACH)])
def test_what_an_agency_sends_is_complete(check: Any, example: str) -> None:
    body = TypeAdapter(dict[str, Any]).validate_json(example)
    if "grounds" in body:
        body["grounds"]["ends_on"] = "2099-10-01"
    form, faults = check(body, WallClock().now())
    assert faults == ()
    assert form is not None


WRITTEN: list[tuple[type[Event], set[str]]] = [
    (BlockListChanged, {"prisoner_number", "prison_id", "version", "as_of", "blocks"}),
    (SocialContactDecided, {"prisoner_number", "contact_id", "outcome", "matched_on", "block_id", "at"}),
    (Reply, {"external_id", "outcome", "request_id", "reference", "faults"}),
]


@pytest.mark.parametrize(("model", "fields"), WRITTEN)
def test_what_goes_out_has_every_field_of_the_contract(model: type[Event], fields: set[str]) -> None:
    assert set(model.model_fields) >= fields


def test_a_block_list_is_written_as_in_the_contract() -> None:
    schema = TypeAdapter(dict[str, Any])
    read = BlockListChanged.model_validate_json(BLOCK_LIST)
    written = schema.validate_json(read.model_dump_json())
    example = schema.validate_json(BLOCK_LIST)
    assert {name: written[name] for name in example} == example


def test_r16_a_prisoner_notice_has_five_fields_and_can_hold_no_more() -> None:
    assert set(PrisonerNoticeIssued.model_fields) == {"notice_id", "prisoner_number", "prison_id", "name", "at"}
    with pytest.raises(ValueError, match="extra_forbidden"):
        PrisonerNoticeIssued.model_validate(
            {
                "notice_id": "n",
                "prisoner_number": "A1234BC",
                "prison_id": "LEI",
                "name": "Jane Example",
                "at": "2026-11-23T09:12:00Z",
                "reference": "UPC-7KQ-M2X-WDHC",
            }
        )


def test_a_record_has_the_headers_of_the_contract() -> None:
    event = Reply(external_id="x", outcome=ReplyOutcome.ACCEPTED)
    record = to_record(event, "urn:upc:intake", "id", WallClock().now(), "00-0-0-01")
    names = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type", "traceparent"}
    assert {name for name, _ in record.headers} == names
    assert record.key == b"x"
