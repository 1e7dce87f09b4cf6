"""What an operator takes down: judged as intake does, sent on the desk's lane, answered, and let go (R3-R5, R29)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from services.desk.domain import calls
from services.desk.domain.alike import Alike, alike, candidates, said_in_report, said_in_request
from services.desk.domain.calls import Done, NotTheirs, Overtaken
from services.desk.domain.case import Case
from services.desk.domain.register import Prisoner, Typed, speaks_against
from services.desk.domain.taken import Taken
from services.desk.domain.todo import Kind
from services.desk.handlers import DUE, HANDLERS
from services.desk.web.call_form import REPORT, REQUEST, form_of, with_picked
from shared.events.requests import Channel, Reply
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from tests.desk.given import JOHN, OPERATOR, REFERENCE, desk, entry, erased, routed, submitted
from tests.support.world import START, World

JANES: Mapping[str, str] = {
    "caller-name": "Jane Example",
    "caller-role": "victim",
    "consent": "self",
    "prisoner-name": "John Example",
    "person-0-phones-0": "07700 900123",
    "caller-phone": "07700 900124",
    "voicemail": "true",
}
BODY: dict[str, Any] = {
    "requester": {"name": "PC Alex Example", "role": "police", "organisation": "West Yorkshire Police",
                  "email": "alex@police.example", "phone": "0113 496 0000", "preferred_contact": "phone",
                  "address": {"lines": ["1 Police Street", "Floor 2"], "town": "Leeds", "postcode": "LS1 1AB"},
                  "safe_to_contact": {"not_before": "09:00", "not_after": "17:30", "no_voicemail": True, "notes": "Ring twice"}},
    "consent": "not_given",
    "grounds": {"kind": "court_order", "rationale": "He broke the order twice.", "court": "Leeds Magistrates’ Court",
                "ordered_on": "2026-10-01", "ends_on": "2027-10-01"},
    "prisoner": {"name": "John Example", "number": "A1234BC", "date_of_birth": "1990-01-31", "believed_prison": "LEI"},
    "protected_people": [
        {"name": "Jane Example", "other_names": ["Jane Sample"], "phones": ["07700 900123", "07700 900999"],
         "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}], "emails": ["jane@example.org"]},
        {"name": "Mary Example", "emails": ["mary@example.org"]}],
    "cps_urn": "13AA1234526", "crime_reference": "WYP-1",
}  # fmt: skip
REPORTED: dict[str, Any] = {
    "protected_person": "Jane Example",
    "prisoner": {"name": "John Example"},
    "channel": "phone",
    "contact_used": "07700 900123",
    "what_happened": "He rang her",
    "reporter": {"phone": "07700 900321"},
}


def take(body: Mapping[str, Any] = BODY, call_id: str = "call-1", **more: Any) -> calls.Take:
    return calls.Take(who=OPERATOR, external_id=call_id, body=dict(body), **more)


def reply(outcome: str, **more: Any) -> Reply:
    return Reply.model_validate({"external_id": "call-1", "outcome": outcome} | more)


def accepted() -> Reply:
    return reply("accepted", request_id="r1", reference=REFERENCE)


def rejected() -> Reply:
    return reply("rejected", faults=[{"pointer": "/prisoner/name", "fault": "should be a name"}])


def taken(world: World) -> Taken:
    known = world.know(Taken, "call-1")
    assert known
    return known


def test_a_form_filled_in_from_a_plain_body_says_that_body_again_r2_r3() -> None:
    assert REQUEST.body(form_of(BODY)) == BODY | {
        "protected_people": [BODY["protected_people"][0], {"name": "Mary Example", "emails": ["mary@example.org"]}],
        "requester": BODY["requester"]
        | {"safe_to_contact": BODY["requester"]["safe_to_contact"] | {"no_voicemail": "true"}},
    }
    assert not REQUEST.wrong(form_of(BODY), START)


def test_a_report_filled_in_from_a_plain_body_says_that_body_again_r29() -> None:
    assert REPORT.body(form_of(REPORTED, REPORT)) == REPORTED
    assert not REPORT.wrong(form_of(REPORTED, REPORT), START)


def test_as_much_of_a_draft_as_there_is_opens_the_form() -> None:
    entries = form_of({"requester": {"name": "Jane Example"}})
    assert entries["caller-name"] == "Jane Example"
    assert "person-0-phones-0" in entries


def test_a_caller_for_themselves_is_the_protected_person_r2() -> None:
    (person,) = REQUEST.body(JANES)["protected_people"]
    assert person == {"name": "Jane Example", "phones": ["07700 900123"]}
    (also,) = REQUEST.body({**JANES, "own-points": "yes"})["protected_people"]
    assert also["phones"] == ["07700 900123", "07700 900124"]


def test_what_consent_makes_pointless_is_not_sent_r3() -> None:
    grounds = {"grounds": "court_order", "court": "Leeds"}
    assert "grounds" not in REQUEST.body({**JANES, **grounds})
    assert "grounds" in REQUEST.body({**JANES, **grounds, "consent": "not_given"})


def test_people_of_whom_nothing_was_typed_are_left_out_and_faults_find_the_right_one_r2() -> None:
    entries = {**JANES, "person-1-name": "", "person-2-name": "Mary Example"}
    assert [person["name"] for person in REQUEST.body(entries)["protected_people"]] == ["Jane Example", "Mary Example"]
    assert REQUEST.wrong(entries, START).by_field == {
        "person-2-phones-0": "Enter a telephone number, an address or an email address"
    }


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"caller-name": ""}, "caller-name"),
        ({"consent": ""}, "consent"),
        ({"caller-phone": ""}, "caller-phone"),
        ({"preferred": "email"}, "preferred"),
        ({"born-day": "31", "born-month": "2", "born-year": "1990"}, "born-day"),
        ({"born-day": "31"}, "born-month"),
        ({"safe-from": "9"}, "safe-from"),
        ({"prisoner-number": "A12"}, "prisoner-number"),
        ({"prisoner-number": "A1234BD", "picked": JOHN}, "prisoner-number"),
        ({"person-0-phones-1": "not a number"}, "person-0-phones-1"),
        ({"person-0-addresses-0-town": "Leeds"}, "person-0-addresses-0-line1"),
        ({"consent": "not_given", "person-0-name": "Mary"}, "grounds"),
        ({"caller-address-postcode": "nowhere"}, "caller-address-postcode"),
    ],
)
def test_each_fault_leads_to_its_field_r3(typed: Mapping[str, str], field: str) -> None:
    assert field in REQUEST.wrong({**JANES, **typed}, START).by_field


def test_nothing_is_wrong_with_the_least_that_a_request_needs_r2() -> None:
    assert REQUEST.wrong(JANES, START).by_field == {}


def test_who_was_picked_counts_where_no_number_was_typed_r9() -> None:
    assert REQUEST.body(with_picked({**JANES, "picked": JOHN}))["prisoner"]["number"] == JOHN


def test_buttons_add_and_remove_and_keep_what_was_typed() -> None:
    entries, focus = REQUEST.after("add-person-0-phones", JANES)
    assert (focus, entries["person-0-phones-0"]) == ("person-0-phones-1", "07700 900123")
    entries, focus = REQUEST.after("add-person", entries)
    assert focus == "person-1-name"
    entries, _ = REQUEST.after("remove-person-1", {**entries, "person-1-phones-0": "1"})
    assert not [name for name in entries if name.startswith("person-1")]
    entries, _ = REQUEST.after("remove-person-0-phones-0", {**entries, "person-0-phones-1": "07700 900777"})
    assert entries["person-0-phones-0"] == "07700 900777"
    assert REQUEST.after("add-nothing", entries) == (entries, "")
    assert REQUEST.after("nonsense", entries) == (entries, "")


def test_it_goes_to_intake_once_however_often_the_button_is_pressed_r4_r5() -> None:
    world = desk()
    (said,) = world.on(take())
    assert isinstance(said, ContactRequestReceived)
    assert (said.external_id, said.body["came_by"]) == ("call-1", "telephone")
    assert world.on(take()) == []
    assert isinstance(world.answer, Done)
    assert world.on(take({**BODY, "consent": "given"})) == []
    assert isinstance(world.answer, Overtaken)


def test_a_report_says_how_contact_was_made_and_that_somebody_rang_r29() -> None:
    (said,) = desk().on(take(REPORTED, breach=True, came_by=Channel.EMAIL))
    assert isinstance(said, BreachReportReceived)
    assert (said.body["channel"], said.body["came_by"]) == ("phone", "email")


def test_once_it_has_a_reference_nothing_else_of_it_is_kept_r6_r48() -> None:
    world = desk()
    world.on(take())
    assert taken(world).deadline == START + timedelta(hours=32)
    world.on(accepted(), rejected())
    assert (taken(world).reference, taken(world).body) == (REFERENCE, None)
    world.wait(days=1, hours=1)
    assert world.know(Taken, "call-1") is None


def test_its_reference_goes_with_the_case_r48() -> None:
    world = desk()
    world.on(take(), accepted(), erased())
    assert world.know(Taken, "call-1") is None


def test_what_intake_does_not_take_in_is_in_the_queue_until_it_is_put_right_r4() -> None:
    world = desk()
    world.on(take(), rejected())
    todo = entry(world, Kind.PUT_RIGHT, "call-1")
    assert todo
    assert (todo.prisoner_name, todo.people) == ("John Example", ("Jane Example", "Mary Example"))
    faults = REQUEST.told(form_of(taken(world).body or {}), taken(world).faults)
    assert faults.by_field == {"prisoner-name": "Enter a name with letters in it"}
    assert len(world.on(take())) == 1
    assert entry(world, Kind.PUT_RIGHT, "call-1") is None


class Page(World):
    """A desk at which one page is sent, again and again."""

    page = "first"

    def cause_id(self, about: Any) -> str:
        return self.page if isinstance(about, calls.Take) else super().cause_id(about)


def test_the_same_page_again_does_not_hide_that_it_was_rejected_r4_r5() -> None:
    """Intake knows the event of that page, and would not answer it again."""
    world = Page(HANDLERS, DUE)
    world.on(take(), rejected())
    assert world.on(take()) == []
    assert isinstance(world.answer, Done)
    assert entry(world, Kind.PUT_RIGHT, "call-1")
    world.page = "second"
    assert len(world.on(take())) == 1
    world.on(rejected())
    world.page = "first"
    assert world.on(take()) == []
    assert entry(world, Kind.PUT_RIGHT, "call-1")


def test_what_intake_does_not_answer_is_in_the_queue_after_some_minutes_and_can_go_once_more_r4() -> None:
    world = desk()
    world.on(take())
    world.wait(minutes=4)
    assert entry(world, Kind.PUT_RIGHT, "call-1") is None
    world.wait(minutes=2)
    todo = entry(world, Kind.PUT_RIGHT, "call-1")
    assert todo
    assert (todo.note, todo.prisoner_name) == ("unanswered", "John Example")
    assert world.on(take({**BODY, "consent": "given"})) == []
    assert isinstance(world.answer, Overtaken), "intake may have the first yet"
    assert len(world.on(take())) == 1
    assert entry(world, Kind.PUT_RIGHT, "call-1") is None
    world.wait(minutes=6)
    assert entry(world, Kind.PUT_RIGHT, "call-1")
    world.on(accepted())
    assert entry(world, Kind.PUT_RIGHT, "call-1") is None
    world.wait(minutes=6)
    assert taken(world).reference == REFERENCE, "it can be read out for a day all the same"


def test_what_was_not_taken_in_and_nobody_needs_leaves_the_queue_and_what_was_written_is_gone_r4_r48() -> None:
    world = desk()
    world.on(take(), rejected())
    world.on(calls.Drop(who=OPERATOR, external_id="call-1", reason="She rang again, and it was taken then"))
    assert isinstance(world.answer, Done)
    assert entry(world, Kind.PUT_RIGHT, "call-1") is None
    assert (taken(world).body, taken(world).dropped) == (None, "She rang again, and it was taken then")
    world.wait(days=1, hours=1)
    assert world.know(Taken, "call-1") is None


@pytest.mark.parametrize("heard", [[], [accepted()]])
def test_what_intake_has_or_may_yet_take_in_cannot_be_dropped_r4(heard: list[Reply]) -> None:
    world = desk()
    world.on(take(), *heard)
    world.on(calls.Drop(who=OPERATOR, external_id="call-1", reason="No"))
    assert isinstance(world.answer, NotTheirs)
    assert taken(world).dropped == ""


def case() -> Case:
    world = desk()
    world.on(submitted(), routed())
    known = world.know(Case, "r1")
    assert known
    return known


def likeness(body: Mapping[str, Any]) -> Alike | None:
    return next(iter(alike(said_in_request(body), [case()])), None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"prisoner": {"number": "a 1234 bc"}}, "Same prisoner number"),
        ({"protected_people": [{"phones": ["0044 7700 900123"]}]}, "Same telephone number"),
        ({"protected_people": [{"emails": ["Jane@Example.org"]}]}, "Same email address"),
        ({"protected_people": [{"addresses": [{"lines": ["1 High St"], "postcode": "ls11aa"}]}]}, "Same address"),
    ],
)
def test_a_request_about_the_same_number_or_point_is_shown_r5_r44(body: dict[str, Any], why: str) -> None:
    found = likeness(body)
    assert found
    assert found.why == [why]
    assert set(said_in_request(body).words()) & set(case().lookups())


def test_two_names_together_are_alike_and_one_alone_is_anybodys_r5() -> None:
    prisoner, people = {"prisoner": {"name": "Jon Example"}}, {"protected_people": [{"name": "Janey Example"}]}
    assert likeness({**prisoner, **people})
    assert likeness(prisoner) is None
    assert likeness(people) is None


def test_half_of_what_is_typed_breaks_nothing() -> None:
    halves: list[Mapping[str, Any]] = [
        {},
        {"prisoner": {}},
        {"protected_people": [{"phones": ["0"], "addresses": [{"town": "L"}]}]},
    ]
    for body in halves:
        assert likeness(body) is None


def test_a_report_without_a_reference_finds_its_case_by_what_was_said_r29() -> None:
    found = alike(said_in_report(REPORTED), [case()])
    (candidate,) = candidates(found)
    assert candidate.prisoner_number == JOHN
    assert f"{REFERENCE}: the number is blocked" in candidate.why
    assert any("same protected person" in why for why in candidate.why)


def test_a_report_by_the_requester_finds_their_request_r29() -> None:
    (found,) = alike(said_in_report({"reporter": {"email": "jane@example.org"}}), [case()])
    assert found.why == ["The reporter’s own details are in the request"]


def test_a_request_that_no_prison_has_names_no_prisoner_r9() -> None:
    world = desk()
    world.on(submitted())
    known = world.know(Case, "r1")
    assert known
    assert candidates(alike(said_in_report(REPORTED), [known])) == []


def test_a_number_that_is_somebody_elses_is_told_to_the_operator_r9() -> None:
    john = Prisoner(number=JOHN, name="John Example", date_of_birth=START.date())
    assert speaks_against(Typed(name="Joh"), john) == []
    assert speaks_against(Typed(name="Jon Example"), john) == []
    assert speaks_against(Typed(name="Peter", born=START.date()), john) == ["Another name"]
    assert speaks_against(Typed(born=START.date() - timedelta(days=1)), john) == ["Another date of birth"]
