"""One submission is one request, however it comes again, and requests about the same two people know of each other (R4, R5)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.breach import Breach
from services.intake.domain.calls import Ask, Refused, Taken
from services.intake.domain.identity import MOST_LINKS, Named, Pair
from services.intake.domain.request import Request
from shared.domain.references import reference_for
from shared.events.envelope import derive_id
from shared.events.requests import Channel, ContactRequestHeld, HeldBecause
from shared.runtime.work import NotYet
from tests.intake import forms
from tests.intake.deciding import SOURCE, Deciding
from tests.intake.test_request import START

SUBMITTED, REPORTED = "upc.contact-request.submitted", "upc.breach-report.submitted"
ways = st.lists(st.tuples(st.sampled_from(["kafka", "http", "key"]), st.integers(0, 2000)), min_size=1, max_size=6)


def linked(outcome: Any) -> list[str]:
    return list(json.loads(outcome.said[SUBMITTED])["linked_requests"])


@given(ways)
def test_r5_one_external_id_is_one_request_by_any_ways_in_any_order_after_any_time(
    comings: Sequence[tuple[str, int]],
) -> None:
    intake, body, references = Deciding(), forms.request(), set()
    for place, (way, hours) in enumerate(comings):
        intake.now += timedelta(hours=hours)
        if way == "kafka":
            outcome = intake.ask_over_kafka(body, f"cause {place}")
            references.add(json.loads(outcome.said["upc.inbound.reply"])["reference"])
        else:
            outcome = intake.ask(body, f"cause {place}", f"key {place}" if way == "key" else None)
            references.add(outcome.answer.reference)
        assert (SUBMITTED in outcome.said) == (place == 0)
    assert len(references) == len(intake.all(Request)) == 1


@given(ways)
def test_r5_one_external_id_is_one_breach_report(comings: Sequence[tuple[str, int]]) -> None:
    intake, body = Deciding(), forms.breach()
    for place, (way, hours) in enumerate(comings):
        intake.now += timedelta(hours=hours)
        take = intake.report_over_kafka if way == "kafka" else intake.report
        assert (REPORTED in take(body, f"cause {place}").said) == (place == 0)
    assert len(intake.all(Breach)) == 1


def test_r5_a_key_used_before_takes_no_name_from_another_request() -> None:
    intake, mine, others = Deciding(), forms.request(), forms.request()
    others["external_id"] = mine["external_id"]
    intake.ask(mine | {"external_id": None}, "1", "key")
    theirs = intake.ask(others, "2").answer
    stolen = intake.ask(mine, "3", "key").answer
    assert isinstance(stolen, Refused)
    assert stolen.conflict
    assert intake.ask(others, "4").answer == theirs


def test_r5_r46_what_came_in_before_its_order_ended_is_still_that_request_and_a_new_one_is_refused() -> None:
    intake, body = Deciding(), forms.request()
    first = intake.ask(body, "1").answer
    intake.now += timedelta(days=400)
    assert intake.ask(body, "2").answer == first
    refused = intake.ask(body | {"external_id": "new"}, "3").answer
    assert [fault.pointer for fault in refused.faults] == ["/grounds/ends_on"]


def test_r5_two_senders_may_use_the_same_external_id() -> None:
    intake, first, second = Deciding(), forms.request(), forms.request()
    second["external_id"] = first["external_id"]
    second["requester"]["organisation"] = "Avon and Somerset Police"
    victim = forms.least() | {"external_id": first["external_id"]}
    answers = [intake.ask(body, str(place)).answer for place, body in enumerate((first, second, victim))]
    assert len({answer.id for answer in answers}) == 3


def test_r5_after_a_refusal_the_same_key_takes_the_mended_request() -> None:
    intake = Deciding()
    assert isinstance(intake.ask(forms.request(consent=None), "1", "key").answer, Refused)
    assert isinstance(intake.ask(forms.request(), "2", "key").answer, Taken)


def test_r5_another_request_about_the_same_two_is_linked_also_where_only_one_has_the_number() -> None:
    intake, body = Deciding(), forms.request()
    numberless = body | {"prisoner": body["prisoner"] | {"number": None}}
    first = intake.ask(body, "1").answer.id
    second = intake.ask(numberless | {"external_id": "2"}, "2")
    third = intake.ask(body | {"external_id": "3"}, "3")
    fourth = intake.ask(numberless | {"external_id": "4"}, "4")
    assert linked(second) == [first]
    assert linked(third) == [first, second.answer.id]
    assert set(linked(fourth)) == {first, second.answer.id, third.answer.id}


def test_r5_r9_two_numbers_are_two_prisoners_whatever_their_names_are() -> None:
    intake, body = Deciding(), forms.request()
    namesake = body | {"external_id": "2", "prisoner": body["prisoner"] | {"number": "A9999ZZ"}}
    intake.ask(body, "1")
    assert linked(intake.ask(namesake, "2")) == []


def test_r5_a_request_that_names_one_person_twice_is_not_linked_to_itself() -> None:
    intake, body = Deciding(), forms.request()
    body["protected_people"] *= 2
    assert linked(intake.ask(body, "1")) == []


def test_r5_no_number_of_requests_about_a_pair_makes_an_event_grow_without_end() -> None:
    intake, body = Deciding(), forms.request()
    for place in range(MOST_LINKS + 2):
        last = intake.ask(body | {"external_id": str(place)}, str(place))
    assert len(linked(last)) == MOST_LINKS
    assert max(len(pair.requests) for pair in intake.all(Pair) if isinstance(pair, Pair)) == MOST_LINKS


def test_r4_a_reference_that_somebody_has_is_not_given_out_again() -> None:
    intake = Deciding()
    taken = reference_for(derive_id(SOURCE, "1", "request"))
    intake.states[Named, taken] = Named(request_id="another")
    answer = intake.ask(forms.request(), "1").answer
    assert answer.reference == reference_for(answer.id, attempt=1)
    assert intake.states[Named, taken] == Named(request_id="another")


def test_r46_a_request_beyond_the_known_calendar_is_not_lost() -> None:
    intake = Deciding(datetime(2031, 6, 2, 9, tzinfo=UTC))
    body = forms.request(grounds={"kind": "safeguarding", "rationale": "She is being coerced by him"})
    outcome = intake.ask(body, "1")
    assert outcome.answer.routing_deadline is None
    assert SUBMITTED in outcome.said


def held(request_id: str, because: HeldBecause) -> ContactRequestHeld:
    return ContactRequestHeld(
        request_id=request_id, reference="UPC", prisoner_number=None, because=because, held_at=START + timedelta(1)
    )


def test_r25_news_of_a_request_that_has_not_arrived_waits() -> None:
    with pytest.raises(NotYet):
        Deciding().on(held("unheard of", HeldBecause.NOT_IN_CUSTODY), "1")


@pytest.mark.parametrize(("role", "shown"), [("police", "held"), ("friend", "submitted")])
def test_r41_that_a_prisoner_is_in_transit_is_for_police_and_probation(role: str, shown: str) -> None:
    intake, body = Deciding(), forms.request()
    body["requester"]["role"] = role
    asked = intake.ask(body, "1").answer
    intake.on(held(asked.id, HeldBecause.IN_TRANSIT), "2")
    request = intake.states[Request, asked.id]
    assert isinstance(request, Request)
    assert request.status == shown
    intake.on(held(asked.id, HeldBecause.NOT_IN_CUSTODY), "3")
    request = intake.states[Request, asked.id]
    assert isinstance(request, Request)
    assert request.status == "held"


def test_r41_on_the_public_form_nobody_is_the_police_by_saying_so() -> None:
    intake, body = Deciding(), forms.request()
    asked = intake.on(Ask(body=body, channel=Channel.WEB, idempotency_key=None), "1").answer
    intake.on(held(asked.id, HeldBecause.IN_TRANSIT), "2")
    request = intake.states[Request, asked.id]
    assert isinstance(request, Request)
    assert request.status == "submitted"


def test_r29_the_reference_of_a_report_leads_to_the_request_however_it_is_spelled() -> None:
    intake = Deciding()
    asked = intake.ask(forms.request(), "1").answer
    body = forms.breach(reference=f" {asked.reference.lower().replace('-', ' ')}", prisoner=None, protected_person=None)
    event = json.loads(intake.report(body, "2").said[REPORTED])
    assert event["request_id"] == asked.id
    assert event["report"]["reference"] == asked.reference


@pytest.mark.parametrize("wrong", ["UPC-222-222-2222", "UPC-222-222-2223", "my case", "0"])
def test_r29_r42_a_wrong_reference_stops_no_report_that_names_both_people_and_is_not_passed_on(wrong: str) -> None:
    event = json.loads(Deciding().report(forms.breach(reference=wrong), "1").said[REPORTED])
    assert event["request_id"] is None
    assert event["report"]["reference"] is None
    refused = Deciding().report(forms.breach(reference=wrong, protected_person=None), "1").answer
    assert [fault.pointer for fault in refused.faults] == ["/reference"]
    same = Deciding().report(forms.breach(reference="UPC-222-222-2222", protected_person=None), "1").answer
    assert refused == same
