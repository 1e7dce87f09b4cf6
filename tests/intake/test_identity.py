"""One submission is one request, however it comes again, and requests about the same two people know of each other (R4, R5)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.breach import Breach
from services.intake.domain.calls import Refused, Taken
from services.intake.domain.identity import MOST_LINKS, Named, Pair
from services.intake.domain.request import Request
from services.intake.domain.sender import Sender
from shared.domain.references import reference_for
from shared.domain.rules import Rules
from shared.events.envelope import derive_id
from shared.events.requests import ContactRequestHeld, HeldBecause
from shared.runtime.work import NotYet
from tests.intake import forms
from tests.intake.deciding import POLICE, SOURCE, Deciding
from tests.intake.test_request import START

SUBMITTED, REPORTED = "upc.contact-request.submitted", "upc.breach-report.submitted"
REPLY = "upc.inbound.reply"
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
            references.add(json.loads(outcome.said[REPLY])["reference"])
        else:
            outcome = intake.ask(body, f"cause {place}", f"key {place}" if way == "key" else None)
            references.add(outcome.answer.reference)
        assert (SUBMITTED in outcome.said) == (place == 0)
    assert len(references) == len(intake.all(Request)) == 1


@given(ways)
def test_r5_one_external_id_is_one_breach_report_by_either_way(comings: Sequence[tuple[str, int]]) -> None:
    """Which organisation sent it over Kafka the record does not say: by both ways it is two, and none is lost."""
    intake, body = Deciding(), forms.breach()
    for place, (way, hours) in enumerate(comings):
        intake.now += timedelta(hours=hours)
        take = intake.report_over_kafka if way == "kafka" else intake.report
        take(body, f"cause {place}")
    assert len(intake.all(Breach)) == len({way == "kafka" for way, _ in comings})


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


OTHER = Sender(owner="organisation:victim support")


@pytest.mark.parametrize("key", [None, "key"])
@pytest.mark.parametrize("external_id", [None, "1"])
def test_r5_whatever_names_a_submission_is_its_senders_own_and_tells_others_nothing(
    key: str | None, external_id: str | None
) -> None:
    intake, body = Deciding(), forms.request() | {"external_id": external_id}
    mine = intake.ask(body, "1", key).answer
    theirs = intake.ask(body, "2", key, OTHER).answer
    assert isinstance(theirs, Taken)
    assert theirs.id != mine.id
    other_words = intake.ask(body | {"crime_reference": "another"}, "3", key, Sender(owner="organisation:third")).answer
    assert isinstance(other_words, Taken)
    assert (intake.ask(body, "4", key).answer, intake.ask(body, "5", key, OTHER).answer) == (mine, theirs)


def test_r5_over_kafka_two_organisations_may_use_the_same_external_id() -> None:
    intake, first, second = Deciding(), forms.request(), forms.request()
    second["external_id"] = first["external_id"]
    second["requester"]["organisation"] = "Avon and Somerset Police"
    probation = forms.least() | {"external_id": first["external_id"]}
    for place, body in enumerate((first, second, probation)):
        intake.ask_over_kafka(body, str(place))
    assert len(intake.all(Request)) == 3


@pytest.mark.parametrize("key", [None, "key"])
def test_r42_of_the_public_nobody_takes_or_meets_a_name_that_was_used_for_other_words(key: str | None) -> None:
    intake, body = Deciding(), forms.breach()
    intake.report_over_kafka(body, "1")
    agencys = intake.report(body, "2", key).answer
    first = intake.report(body, "3", key, by=None).answer
    other = intake.report(body | {"what_happened": "Something else"}, "4", key, by=None).answer
    assert len({agencys.id, first.id, other.id}) == 3
    assert intake.report(body, "5", key, by=None).answer == first


@pytest.mark.parametrize(
    ("by", "role", "known"),
    [(POLICE, "police", True), (OTHER, "police", False), (POLICE, "victim", False), (OTHER, "victim", False)],
)
def test_r41_who_only_says_that_they_are_the_police_is_not_taken_for_them(by: Sender, role: str, known: bool) -> None:
    body = forms.request()
    body["requester"]["role"] = role
    assert json.loads(Deciding().ask(body, "1", by=by).said[SUBMITTED])["agency"] is known


@pytest.mark.parametrize(("role", "known"), [("police", True), ("probation", True), ("victim", False)])
def test_r41_over_kafka_only_police_and_probation_write(role: str, known: bool) -> None:
    body = forms.request()
    body["requester"]["role"] = role
    assert json.loads(Deciding().ask_over_kafka(body, "1").said[SUBMITTED])["agency"] is known


LANES = [("met", "wyp"), ("met", ""), ("", "wyp")]


@pytest.mark.parametrize(("first", "second"), LANES)
@pytest.mark.parametrize("about", [{}, {"external_id": None}])
def test_r5_an_agency_with_a_lane_meets_nobody_elses_submission_whatever_it_says(
    first: str, second: str, about: dict[str, Any]
) -> None:
    intake, body = Deciding(), forms.request() | about
    answers = [json.loads(intake.ask_over_kafka(body, f"in {lane}", lane).said[REPLY]) for lane in (first, second)]
    assert {answer["outcome"] for answer in answers} == {"accepted"}
    assert len({answer["reference"] for answer in answers}) == len(intake.all(Request)) == 2


@pytest.mark.parametrize(("first", "second"), LANES)
def test_r5_an_agency_with_a_lane_does_not_find_out_that_another_used_a_name(first: str, second: str) -> None:
    intake, mine, other = Deciding(), forms.request(external_id="1"), forms.request(external_id="1")
    intake.ask_over_kafka(mine, "1", first)
    assert json.loads(intake.ask_over_kafka(other, "2", second).said[REPLY])["outcome"] == "accepted"
    assert json.loads(intake.ask_over_kafka(other, "3", first).said[REPLY])["outcome"] == "rejected"


@pytest.mark.parametrize(
    ("lane", "told"),
    [("", True), ("police-wyp", True), ("probation-london", True), ("victim-services", False), ("policewatch", False)],
)
def test_r41_an_agency_with_a_lane_is_told_the_prison_where_its_name_is_one_of_police_or_probation(
    lane: str, told: bool
) -> None:
    intake = Deciding()
    asked = json.loads(intake.ask_over_kafka(forms.request(), "asked", lane).said[SUBMITTED])
    reported = json.loads(intake.report_over_kafka(forms.breach(cps_urn="13AA1234526"), "b", lane).said[REPORTED])
    assert asked["agency"] is told
    assert (reported["report"]["cps_urn"] is not None) is told, "nor does another name a case file"


@pytest.mark.parametrize("organisation", ["met", "lane met", "lane/met"])
def test_r5_nobody_takes_a_lanes_names_by_calling_themselves_so(organisation: str) -> None:
    intake, body = Deciding(), forms.request()
    body["requester"]["organisation"] = organisation
    intake.ask_over_kafka(body, "1", "met")
    intake.ask(body, "2")
    assert len(intake.all(Request)) == 2


def test_r3_r5_an_agency_is_answered_in_its_own_lane_and_once_for_one_submission() -> None:
    intake, body = Deciding(), forms.request()
    answers = [intake.ask_over_kafka(body, str(place), "met") for place in range(2)]
    refused = intake.ask_over_kafka({"external_id": "x"}, "3", "met")
    report = intake.report_over_kafka(forms.breach(), "4", "met")
    assert {said.topics[REPLY] for said in (*answers, refused, report)} == {"upc.inbound.replies.v1.met"}
    assert len({json.loads(answer.said[REPLY])["reference"] for answer in answers}) == 1
    assert answers[0].topics[SUBMITTED] == "upc.contact-requests.v1"
    assert intake.ask_over_kafka(forms.request(), "5").topics[REPLY] == "upc.inbound.replies.v1"


@pytest.mark.parametrize(
    ("lane", "said", "came"),
    [
        ("desk", "telephone", "telephone"),
        ("desk", "email", "email"),
        ("desk", "kafka", "telephone"),
        ("", "telephone", "kafka"),
        ("met", "email", "kafka"),
    ],
)
def test_r4_on_the_desks_lane_alone_it_is_believed_how_it_came(lane: str, said: str, came: str) -> None:
    intake = Deciding()
    asked = intake.ask_over_kafka(forms.request(came_by=said), "1", lane)
    reported = intake.report_over_kafka(forms.breach(came_by=said), "2", lane)
    assert json.loads(asked.said[SUBMITTED])["channel"] == json.loads(reported.said[REPORTED])["channel"] == came


@pytest.mark.parametrize(("lane", "said", "since"), [("desk", -26, -26), ("desk", 1, 0), ("", -26, 0), ("met", -26, 0)])
def test_r8_on_the_desks_lane_the_clock_runs_since_the_mail_came(lane: str, said: int, since: int) -> None:
    intake = Deciding()
    came_at, counts_from = (intake.now + timedelta(hours=hours) for hours in (said, since))
    asked = intake.ask_over_kafka(forms.request(came_by="email", came_at=came_at.isoformat()), "1", lane)
    assert json.loads(asked.said[SUBMITTED])["submitted_at"] == counts_from.isoformat().replace("+00:00", "Z")
    (request,) = intake.all(Request)
    assert isinstance(request, Request)
    assert request.routing_deadline == Rules().routing_deadline(counts_from)


def test_r4_r41_what_an_operator_took_down_is_nobodys_word_but_the_callers() -> None:
    intake = Deciding()
    asked = intake.ask_over_kafka(forms.request(), "1", "desk")
    assert json.loads(asked.said[SUBMITTED])["agency"] is False
    assert asked.topics[REPLY] == "upc.inbound.replies.v1.desk"
    reported = intake.report_over_kafka(forms.breach(cps_urn="13AA1234526"), "2", "desk")
    assert json.loads(reported.said[REPORTED])["report"]["cps_urn"] is None


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


def test_r41_that_a_prisoner_is_in_transit_is_kept_for_those_who_may_know() -> None:
    intake = Deciding()
    asked = intake.ask(forms.request(), "1").answer
    intake.on(held(asked.id, HeldBecause.IN_TRANSIT), "2")
    request = intake.states[Request, asked.id]
    assert isinstance(request, Request)
    assert (request.status, request.for_requester().status) == ("held", "submitted")
    intake.on(held(asked.id, HeldBecause.NOT_IN_CUSTODY), "3")
    request = intake.states[Request, asked.id]
    assert isinstance(request, Request)
    assert request.for_requester().status == "held"


def test_r29_the_reference_of_a_report_leads_to_the_request_however_it_is_spelled() -> None:
    intake = Deciding()
    asked = intake.ask(forms.request(), "1").answer
    body = forms.breach(reference=f" {asked.reference.lower().replace('-', ' ')}", prisoner=None, protected_person=None)
    event = json.loads(intake.report(body, "2").said[REPORTED])
    assert event["request_id"] == asked.id
    assert event["report"]["reference"] == asked.reference


def test_r29_the_reference_of_an_earlier_report_leads_to_the_same_request() -> None:
    intake = Deciding()
    asked = intake.ask(forms.request(), "1").answer
    alone: dict[str, Any] = {"prisoner": None, "protected_person": None, "external_id": None}
    first = intake.report(forms.breach(reference=asked.reference) | alone, "2").answer
    assert first.reference != asked.reference
    again = json.loads(intake.report(forms.breach(reference=first.reference) | alone, "3").said[REPORTED])
    assert again["request_id"] == asked.id


@pytest.mark.parametrize("wrong", ["UPC-222-222-2222", "UPC-222-222-2223", "my case", "0"])
def test_r29_r42_a_wrong_reference_stops_no_report_that_names_both_people_and_is_not_passed_on(wrong: str) -> None:
    event = json.loads(Deciding().report(forms.breach(reference=wrong), "1", by=None).said[REPORTED])
    assert event["request_id"] is None
    assert event["report"]["reference"] is None


@pytest.mark.parametrize("by", [POLICE, None])
def test_r42_r47_nobody_learns_from_a_report_whether_its_reference_is_anybodys(by: Sender | None) -> None:
    intake = Deciding()
    known = intake.ask(forms.request(), "1").answer.reference
    alone: dict[str, Any] = {"prisoner": None, "protected_person": None, "external_id": None}
    first = intake.report(forms.breach(reference=known) | alone, "2", by=by)
    second = intake.report(forms.breach(reference="UPC-222-222-2222") | alone, "3", by=by)
    assert {type(first.answer), type(second.answer)} == {Taken}
    assert json.loads(first.said[REPORTED])["request_id"] is not None
    assert json.loads(second.said[REPORTED])["request_id"] is None
    assert first.answer.model_dump().keys() == second.answer.model_dump().keys()
