"""Going through the form without Kafka, MongoDB or a browser: intake's own handlers, page by page."""

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.journey import KEPT, Begin, Journey, Kind, Reply, Stay, Stopped, Submit
from services.intake.domain.knowing import MOST_TRIES, WITHIN, Tries
from services.intake.domain.request import Request
from services.intake.journeys import DUE
from services.intake.pages import answering
from services.intake.pages.faults import in_words
from services.intake.pages.kinds import QUESTIONS
from services.intake.pages.questions import PEOPLE, Step
from shared.events.check import check_request
from shared.pages.body import digest_of
from tests.intake import forms
from tests.intake.deciding import Deciding
from tests.support.sentences import faults_in_welsh

ME, OTHER = "this browser", "another browser"
FOR_ME = {
    "who": {"consent": "self"},
    "you": {"role": "victim"},
    "my-name": {"name": "Jane Example"},
    "people/me/phones": {"phones-0": "07700 900 123", "phones-1": "01632 960 001"},
    "people": {"more": "no"},
    "prisoner-name": {"name": "John Example"},
    "prisoner-born": {"born-day": "31", "born-month": "January", "born-year": "1990"},
    "contact": {"contact": "email"},
    "email": {"email": "Jane@Example.org"},
    "safe-times": {"from": "9am", "until": "5:30pm"},
}
FOR_ANOTHER = FOR_ME | {
    "who": {"consent": "not_given"},
    "your-role": {"role": "police"},
    "your-name": {"name": "Jane Example"},
    "organisation": {"organisation": "West Yorkshire Police"},
    "people/1/name": {"name": "Kim Example"},
    "people/1/emails": {"emails-0": "kim@example.org"},
    "grounds": {"kind": "court_order"},
    "rationale": {"rationale": "He rings her every night and threatens her"},
    "court": {"court": "Leeds Magistrates’ Court"},
    "ordered-on": {"ordered-day": "1", "ordered-month": "10", "ordered-year": "2026"},
    "ends-on": {"ends-day": "1", "ends-month": "10", "ends-year": "2027"},
    "contact": {"contact": "phone"},
    "phone": {"phone": "07700 900 555"},
    "voicemail": {"no_voicemail": "true"},
}


class Going:
    """Somebody on their way through the form."""

    def __init__(self, kind: Kind = Kind.REQUEST, intake: Deciding | None = None, journey_id: str = "j1") -> None:
        self.intake, self.id, self.kind = intake or Deciding(), journey_id, kind
        self._calls = 0
        self._call(Begin(journey=self.id, owner=ME, kind=kind))

    @property
    def journey(self) -> Journey:
        journey = self.intake.states[Journey, self.id]
        assert isinstance(journey, Journey)
        return journey

    @property
    def now_at(self) -> str:
        return answering.where_to_go_on(QUESTIONS[self.kind], self.journey, self.intake.now)

    def step(self, path: str) -> Step:
        step = QUESTIONS[self.kind].step(self.journey.body, path)
        assert step
        return step

    def send(self, path: str, entries: dict[str, str], button: str = "", owner: str = ME) -> Any:
        return self._call(Reply(journey=self.id, owner=owner, path=path, entries=entries, button=button))

    def through(self, answers: dict[str, dict[str, str]]) -> "Going":
        """Answers every page as it comes; one without an answer is left empty."""
        while (path := self.now_at) != answering.CHECK:
            self.send(path, answers.get(path, {}))
            assert self.journey.attempt is None, (path, self.journey.attempt)
        return self

    def submit(self, owner: str = ME, shown: str | None = None) -> Any:
        body = QUESTIONS[self.kind].complete(self.journey.body)
        return self._call(Submit(journey=self.id, owner=owner, shown=shown or digest_of(body)))

    def stay(self) -> Any:
        return self._call(Stay(journey=self.id, owner=ME))

    def _call(self, call: Any) -> Any:
        self._calls += 1
        self.last = self.intake.on(call, f"{self.id}/{self._calls}")
        return self.last.answer


@pytest.mark.parametrize("answers", [FOR_ME, FOR_ANOTHER, FOR_ANOTHER | {"who": {"consent": "given"}}])
def test_r2_r3_every_branch_ends_in_a_complete_request(answers: dict[str, dict[str, str]]) -> None:
    going = Going().through(answers)
    form, faults = check_request(QUESTIONS[Kind.REQUEST].complete(going.journey.body), going.intake.now)
    assert not faults
    assert form
    assert form.consent == answers["who"]["consent"]
    assert bool(form.grounds) == (form.consent == "not_given")
    receipt = going.submit().receipt
    (request,) = going.intake.all(Request)
    assert isinstance(request, Request)
    assert receipt.routing_deadline == request.routing_deadline


def test_r2_who_asks_for_themselves_is_not_asked_for_their_name_twice() -> None:
    body = QUESTIONS[Kind.REQUEST].complete(Going().through(FOR_ME).journey.body)
    assert [person["name"] for person in body[PEOPLE]] == ["Jane Example"]
    assert body[PEOPLE][0]["phones"] == ["07700 900 123", "01632 960 001"]


def test_r5_submitting_twice_is_one_request_and_only_the_receipt_is_kept() -> None:
    going = Going().through(FOR_ME)
    shown = digest_of(QUESTIONS[Kind.REQUEST].complete(going.journey.body))
    first, second = going.submit(shown=shown), going.submit(shown=shown)
    assert first == second
    assert len(going.intake.all(Request)) == 1
    assert "Jane" not in going.journey.model_dump_json()
    assert going.journey.receipt
    assert going.send("my-name", {"name": "Somebody else"}) == going.journey
    assert "Somebody" not in going.journey.model_dump_json()


def test_r41_nobody_is_the_police_by_saying_so() -> None:
    going = Going().through(FOR_ANOTHER)
    going.submit()
    event = json.loads(going.last.said["upc.contact-request.submitted"])
    assert event["request"]["requester"]["role"] == "police"
    assert event["channel"] == "web"
    assert event["agency"] is False


def test_r9_what_was_changed_in_another_tab_is_shown_before_it_is_submitted() -> None:
    going = Going().through(FOR_ME)
    shown = digest_of(QUESTIONS[Kind.REQUEST].complete(going.journey.body))
    going.send("prisoner-name", {"name": "Another Prisoner"})
    assert going.submit(shown=shown).receipt is None
    assert going.intake.all(Request) == []
    assert going.submit().receipt


def test_nothing_is_submitted_before_everything_is_answered() -> None:
    going = Going()
    going.send("who", {"consent": "self"})
    assert going.submit().receipt is None
    assert going.now_at == "you"


def test_r47_a_journey_is_of_one_browser_alone() -> None:
    going = Going().through(FOR_ME)
    before = going.journey
    assert going.send("your-name", {"name": "Somebody else"}, owner=OTHER) is Stopped.GONE
    assert going.submit(owner=OTHER) is Stopped.GONE
    assert going.journey == before


def test_answers_go_a_while_after_the_last_one_and_not_before() -> None:
    going = Going().through(FOR_ME)
    going.intake.now += KEPT - timedelta(minutes=1)
    going.stay()
    going.intake.now += timedelta(minutes=2)
    going.intake.due(DUE[Journey], going.id)
    assert going.journey.body
    going.intake.now = going.journey.due()
    going.intake.due(DUE[Journey], going.id)
    assert (Journey, going.id) not in going.intake.states
    assert going.send("who", {}) is Stopped.GONE


def test_an_answer_that_is_changed_asks_what_follows_from_it_and_leaves_out_what_no_longer_does() -> None:
    going = Going().through(FOR_ANOTHER)
    going.send("who", {"consent": "self"})
    assert going.now_at == "you"
    going.through(FOR_ME)
    body = QUESTIONS[Kind.REQUEST].complete(going.journey.body)
    assert "grounds" not in body
    assert [person["name"] for person in body[PEOPLE]] == ["Jane Example", "Kim Example"]
    assert going.submit().receipt


def test_numbers_of_one_person_never_become_another_ones() -> None:
    going = Going().through(FOR_ME)
    going.send("who", {"consent": "given"})
    assert QUESTIONS[Kind.REQUEST].complete(going.journey.body)[PEOPLE] == [{}]
    going.send("who", {"consent": "self"})
    (mine, _) = QUESTIONS[Kind.REQUEST].complete(going.journey.body)[PEOPLE]
    assert mine["phones"] == ["07700 900 123", "01632 960 001"]


def test_people_are_added_changed_and_removed_each_by_what_is_theirs() -> None:
    going = Going()
    for path, entries in (("who", {"consent": "given"}), ("people/1/name", {"name": "One"})):
        going.send(path, entries)
    for _ in range(2):  # a double click
        going.send("people", {"more": "yes"})
    assert [person["id"] for person in going.journey.body[PEOPLE]] == ["1", "2"]
    going.send("people/2/name", {"name": "Two"})
    going.send("people", {"more": "yes"})
    going.send("people", {"more": "no"})
    assert [person["name"] for person in going.journey.body[PEOPLE]] == ["One", "Two"]
    going.send("people/1/remove", {"sure": "no"})
    going.send("people/1/remove", {})
    assert going.journey.attempt
    for _ in range(2):
        going.send("people/1/remove", {"sure": "yes"})
    going.send("people/1/phones", {"phones-0": "07700 900 111"})
    going.send("people/2/phones", {"phones-0": "07700 900 222"})
    assert [person.get("phones") for person in going.journey.body[PEOPLE]] == [["07700 900 222"]]
    going.send("people/2/remove", {"sure": "yes"})
    assert len(going.journey.body[PEOPLE]) == 1
    going.send("people", {"more": "yes"})
    assert [person["id"] for person in going.journey.body[PEOPLE]] == ["2", "4"]


def test_rows_are_added_and_removed_without_being_judged() -> None:
    going = Going()
    going.send("who", {"consent": "self"})
    going.send("people/me/phones", {"phones-0": "nonsense"}, "add-phones")
    assert going.journey.attempt
    assert going.journey.attempt.entries == {"phones-0": "nonsense", "phones-1": ""}
    assert not going.journey.attempt.faults
    going.send("people/me/phones", {"phones-0": "nonsense", "phones-1": "07700 900 123"}, "remove-phones-0")
    assert going.journey.attempt.entries == {"phones-0": "07700 900 123"}
    for button in ("remove-phones-x", "add-nothing", "gone", "remove-phones-9-9"):
        going.send("people/me/phones", {"phones-0": "1"}, button)
    assert "people/me/phones" not in going.journey.answered


RIGHT = {path.rsplit("/")[-1]: answer for path, answer in (FOR_ME | FOR_ANOTHER).items()} | {
    "name": {"name": "Kim Example"},
    "emails": {"emails-0": "kim@example.org"},
    "you": {"role": "victim"},
    "email": {"email": "jane@example.org"},
    "address": {"address-line1": "1 High Street"},
    "person": {"person": "Kim Example"},
    "how": {"channel": "phone"},
    "what": {"what": "He rang"},
}
JUNK = [
    "",
    " ",
    "5",
    "x",
    "99",
    "self",
    "07700 900 123",
    "a@b.example",
    "LS1",
    "2030",
    "\0",
    "ﷺ" * 150,
    "www.example.com",
    "y" * 201,
    "z" * 10_001,
]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.REPORT])
def test_r3_every_fault_is_told_on_its_own_page_and_none_is_left_for_the_end(kind: Kind, seed: int) -> None:
    """Whatever is sent, right, wrong, odd or nothing; a page that is not taken is then answered rightly."""
    going, dice = Going(kind), random.Random(seed)
    while (path := going.now_at) != answering.CHECK:
        if path == answering.LIST:
            going.send(path, {"more": dice.choice(["yes", "no", "no", "no"])})
            continue
        step = going.step(path)
        going.send(path, {name: dice.choice(_what_may_be_sent(step)) for name in _names(step)})
        attempt = going.journey.attempt
        if attempt:
            wrong = in_words(step, attempt.faults, attempt.entries)
            assert wrong
            assert all(one.words and one.spot in {*_names(step), *attempt.entries} for one in wrong)
            going.send(path, RIGHT.get(path.rsplit("/")[-1], {}))
            assert going.journey.attempt is None, (path, going.journey.attempt)
    questions = QUESTIONS[kind]
    assert not questions.check(questions.complete(going.journey.body), going.intake.now)[1]
    assert going.submit().receipt


def _what_may_be_sent(step: Step) -> Sequence[str]:
    return [
        *JUNK,
        *(option.value for one in step.page.fields for option in getattr(one, "options", ()) for _ in range(4)),
    ]


def _names(step: Step) -> Sequence[str]:
    return [name for one in step.page.fields for name in one.show([None, None] if one.KIND == "rows" else None)]


def test_r29_r42_a_reference_that_is_misspelled_is_said_at_once_and_whether_it_is_anybodys_is_not() -> None:
    going = Going(Kind.REPORT)
    going.send("reference", {"reference": "UPC-222-222-2223"})
    assert going.journey.attempt
    assert [one.spot for one in in_words(going.step("reference"), going.journey.attempt.faults, {})] == ["reference"]
    asked = going.intake.ask(forms.request(), "elsewhere").answer
    for reference in (f" {asked.reference.lower()} ", "UPC-222-222-2222"):
        going.send("reference", {"reference": reference})
        assert going.now_at == "how"
    going.through({"how": {"channel": "text"}, "what": {"what": "He sent a message"}})
    assert going.submit().receipt.reference.startswith("UPC-")


def request_of(intake: Deciding, **requester: Any) -> Any:
    body = forms.least()
    body["requester"] |= requester
    return intake.ask(body, f"request/{len(intake.states)}").answer


@pytest.mark.parametrize("detail", ["jane@EXAMPLE.org ", "+44 7700 900123", "07700-900-123", "ls1 1aa"])
def test_r47_how_it_stands_is_for_who_knows_a_detail_that_the_requester_gave(detail: str) -> None:
    intake = Deciding()
    address = {"lines": ["1 High Street"], "postcode": "LS1 1AA"}
    asked = request_of(intake, email="jane@example.org", phone="07700 900123", address=address)
    going = Going(Kind.STATUS, intake)
    found = going.send("find", {"reference": asked.reference.lower().replace("-", ""), "detail": detail})
    assert found.found == asked.id
    assert detail.strip() not in going.journey.model_dump_json()


def test_r42_a_wrong_reference_and_a_wrong_detail_are_answered_alike() -> None:
    intake = Deciding()
    asked = request_of(intake)
    answers: list[Any] = []
    for reference, detail in ((asked.reference, "jane@example.net"), ("UPC-222-222-2222", "07700 900123"), ("x", "y")):
        going = Going(Kind.STATUS, intake, f"j{len(answers)}")
        going.send("find", {"reference": reference, "detail": detail})
        assert going.journey.attempt
        answers.append(going.journey.attempt.faults)
        assert going.journey.found is None
    assert answers[0] == answers[1] == answers[2]


def test_r47_the_points_of_the_protected_person_open_nothing() -> None:
    intake = Deciding()
    asked = request_of(intake)
    going = Going(Kind.STATUS, intake)
    assert going.send("find", {"reference": asked.reference, "detail": "Jane@Example.org"}).found is None


@pytest.mark.parametrize("known", [True, False])
def test_r47_after_some_tries_nobody_can_try_that_reference_for_a_while_not_even_rightly(known: bool) -> None:
    intake = Deciding()
    asked = request_of(intake)
    reference = asked.reference if known else "UPC-222-222-2222"
    for number in range(MOST_TRIES):
        Going(Kind.STATUS, intake, f"j{number}").send("find", {"reference": reference, "detail": f"0770090020{number}"})
    going = Going(Kind.STATUS, intake, "last")
    right = {"reference": reference.lower(), "detail": "07700 900123"}
    assert going.send("find", right) is Stopped.TOO_MANY
    intake.now += WITHIN
    tried = _only(intake, Tries)
    intake.due(DUE[Tries], tried)
    assert intake.all(Tries) == []
    assert bool(going.send("find", right).found) == known


def test_every_sentence_of_the_form_is_there_in_welsh() -> None:
    assert [*faults_in_welsh("services.intake.pages")] == []


def _only(intake: Deciding, kind: type[Any]) -> str:
    (key,) = [key for (of, key), state in intake.states.items() if of is kind and state is not None]
    return key
