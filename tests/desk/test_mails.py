"""Mails at the desk: kept until somebody has read them, taken in with the operator's form, let go (R4, R8, R29)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as made_up
from hypothesis import strategies as st

from services.desk.domain import calls
from services.desk.domain.calls import Done, NotTheirs, Overtaken
from services.desk.domain.mails import Mail, Pile, draft
from services.desk.domain.todo import Kind
from services.desk.web.call_form import REPORT, REQUEST, form_of
from services.desk.web.report_fields import WHAT_HAPPENED
from services.mailbox.domain.reading import read
from shared.domain.references import reference_for
from shared.events.check import check_breach, check_request
from shared.events.envelope import Event
from shared.events.mail import FormAnswered, MailDecided, MailDoubt, MailKind, MailOutcome, MailReceived, ReadOut
from shared.events.requests import Channel, Reply
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from tests.desk.given import OPERATOR, REFERENCE, desk, entry, erased
from tests.mailbox.letters import RULES, mail, raw
from tests.support.world import START, World

WORDS = "The prisoner John keeps ringing me.\nPrisoner: John Example\nHis number is A1234BC, mine 07700 900123. LS1 1AA"


def received(kind: MailKind = MailKind.DRAFT, text: str = WORDS, **others: Any) -> MailReceived:
    said = read(raw(mail(text)), RULES).received
    return said.model_copy(update={"mail_id": "m1", "kind": kind, "received_at": START, **others})


def heard(*events: Event) -> World:
    """A desk that has heard these."""
    world = desk()
    world.on(*events)
    return world


def answered(outcome: str, place: int = 0, **more: Any) -> FormAnswered:
    about = {"mail_id": "m1", "place": place, "form": "contact_request", "outcome": outcome}
    return FormAnswered.model_validate(about | more)


def take(breach: bool = False, form_id: str = "form-1", **body: Any) -> calls.Take:
    by = Channel.EMAIL
    return calls.Take(who=OPERATOR, external_id=form_id, breach=breach, came_by=by, mail_id="m1", body=body)


def not_for_us(mail_id: str = "m1") -> calls.DecideMail:
    return calls.DecideMail(who=OPERATOR, mail_id=mail_id, reason="It is for the council")


def known(world: World) -> Mail:
    found = world.know(Mail, "m1")
    assert found
    return found


@pytest.mark.parametrize("kind", MailKind)
def test_r8_a_mail_is_to_be_read_within_a_working_day_of_when_it_came_unless_a_program_sent_it(kind: MailKind) -> None:
    world = heard(received(kind))
    todo = entry(world, Kind.MAIL, "m1")
    assert (todo is not None) is (kind in (MailKind.DRAFT, MailKind.TOO_LARGE, MailKind.UNREADABLE))
    assert known(world).pile is (Pile.OPEN if todo else Pile.ASIDE)
    if todo:
        assert todo.deadline == START + timedelta(hours=32)
        assert todo.prisoner_name == "John Example"


def test_r29_a_mail_with_a_reference_of_ours_may_be_a_report_and_is_due_at_once() -> None:
    todo = entry(heard(received(read_out=ReadOut(references=(REFERENCE,)))), Kind.MAIL, "m1")
    assert todo
    assert todo.deadline == START


def test_r4_it_is_taken_in_as_an_email_and_leaves_the_queue() -> None:
    world = heard(received())
    sent, said = world.on(take(consent="self"))
    assert isinstance(sent, MailDecided)
    assert (sent.outcome, sent.form_id, sent.decided_by) == (MailOutcome.REQUEST, "form-1", OPERATOR.name)
    assert isinstance(said, ContactRequestReceived)
    assert (said.body["came_by"], said.body["came_at"]) == ("email", START.isoformat())
    assert entry(world, Kind.MAIL, "m1") is None
    world.on(
        Reply.model_validate({"external_id": "form-1", "outcome": "accepted", "request_id": "r1", "reference": "UPC-1"})
    )
    assert (known(world).reference, known(world).pile) == ("UPC-1", Pile.READ)


def test_r29_a_report_goes_in_as_a_report() -> None:
    world = heard(received())
    sent, said = world.on(take(breach=True, what_happened="He rang"))
    assert isinstance(sent, MailDecided)
    assert sent.outcome is MailOutcome.BREACH_REPORT
    assert isinstance(said, BreachReportReceived)


def test_of_two_who_take_the_same_mail_the_second_is_told_and_nothing_is_sent() -> None:
    world = heard(received())
    world.on(take(consent="self"))
    assert world.on(take(form_id="form-2", consent="self")) == []
    assert isinstance(world.answer, Overtaken)
    assert world.answer.first
    assert world.answer.first.by == OPERATOR.name
    assert world.on(not_for_us()) == []
    assert isinstance(world.answer, Overtaken)


def test_what_was_not_for_us_can_still_be_taken_in() -> None:
    world = heard(received())
    (said,) = world.on(not_for_us())
    assert isinstance(said, MailDecided)
    assert (said.outcome, said.reason) == (MailOutcome.NOT_FOR_US, "It is for the council")
    assert entry(world, Kind.MAIL, "m1") is None
    world.on(take(consent="self"))
    assert world.answer == Done()
    assert known(world).taken
    world.on(said)
    assert known(world).taken, "what is heard again changes nothing"


def test_a_mail_that_is_not_there_is_nobodys() -> None:
    world = heard(received())
    world.on(not_for_us("another"))
    assert world.answer == NotTheirs()


def test_an_agencys_form_with_faults_is_for_a_person_and_one_taken_in_for_nobody() -> None:
    accepted = answered("accepted", reference="UPC-1", about="r1")
    world = heard(received(MailKind.FORMS), accepted)
    assert entry(world, Kind.MAIL, "m1") is None
    fault = {"pointer": "/consent", "fault": "is needed"}
    for event in (answered("rejected", 1, faults=[fault]), answered("rejected", 1, faults=[fault])):
        world.on(event)
    assert entry(world, Kind.MAIL, "m1")
    assert len(known(world).answers) == 2
    first = heard(answered("rejected"))
    first.on(received(MailKind.FORMS))
    assert entry(first, Kind.MAIL, "m1"), "topics have no common order"


def test_what_came_beside_an_agencys_forms_is_read_though_they_were_taken_in() -> None:
    world = heard(received(MailKind.FORMS, doubt=MailDoubt.MORE_BESIDE), answered("accepted", reference="UPC-1"))
    todo = entry(world, Kind.MAIL, "m1")
    assert todo
    assert todo.note == "more_beside"
    world.on(answered("rejected", 1, faults=[{"pointer": "/consent", "fault": "is needed"}]))
    todo = entry(world, Kind.MAIL, "m1")
    assert todo
    assert todo.note == "forms"


def test_r48_what_was_read_or_set_aside_goes_in_time_and_what_nobody_read_stays() -> None:
    worlds = {name: heard(received(kind)) for name, kind in {"open": MailKind.DRAFT, "aside": MailKind.SPAM}.items()}
    worlds["read"] = heard(received())
    worlds["read"].on(not_for_us())
    for world in worlds.values():
        world.wait(days=91)
    assert {name for name, world in worlds.items() if world.know(Mail, "m1")} == {"open"}


def test_r48_a_mail_goes_with_the_case_that_was_made_of_it() -> None:
    world = heard(received())
    world.on(take(consent="self"))
    world.on(
        Reply.model_validate({"external_id": "form-1", "outcome": "accepted", "request_id": "r1", "reference": "UPC-1"})
    )
    world.on(erased())
    assert world.know(Mail, "m1") is None
    assert (Mail, "m1") in world.forgotten


def test_what_was_read_out_is_filled_in_and_the_rest_is_asked() -> None:
    body = draft(received(), breach=False)
    entries = form_of(body, REQUEST)
    assert (entries["caller-name"], entries["caller-email"]) == ("Jane Example", "jane@example.org")
    assert (entries["prisoner-name"], entries["prisoner-number"]) == ("John Example", "A1234BC")
    assert entries["person-0-phones-0"] == "07700 900123"
    assert "LS1 1AA" in entries.values()


def test_r29_what_the_prison_reads_is_written_by_an_operator_and_nothing_of_the_mail_is_in_it_by_itself() -> None:
    report = form_of(draft(received(), breach=True), REPORT)
    assert report["what"] == ""
    assert [value for value in report.values() if "keeps ringing" in value] == []
    (field,) = [field for field in WHAT_HAPPENED.fields if field.name == "what"]
    assert "The prison reads this" in field.hint


def test_of_several_numbers_and_postcodes_in_a_mail_none_is_filled_in_as_the_protected_persons() -> None:
    """One of them may be the prisoner's, or an officer's: all of them stand beside the form."""
    words = "He rings from 07700 900999. Mine is 07700 900123, LS1 1AA; my work's is LS2 7AA."
    said = received(text=f"{words} Write to pc@wyp.example, or eve@example.org.")
    (person,) = draft(said, breach=False)["protected_people"]
    assert (person["phones"], person["emails"], person["addresses"]) == ([], [], [])
    assert len(said.read_out.phones) == len(said.read_out.postcodes) == len(said.read_out.emails) == 2


ONE, TWO = reference_for("r1"), reference_for("r2")


@pytest.mark.parametrize(
    ("named", "meant"), [((ONE, ONE.lower().replace("-", " ")), ONE), ((ONE, TWO), None), ((), None)]
)
def test_r29_a_report_is_about_the_one_reference_of_ours_that_a_mail_names_or_a_person_says_which(
    named: tuple[str, ...], meant: str | None
) -> None:
    said = received(text=" ".join(named))
    assert said.read_out.references == named
    assert draft(said, breach=True)["reference"] == meant
    todo = entry(heard(said), Kind.MAIL, "m1")
    assert todo
    assert todo.reference == (meant or "")


SOME = st.lists(st.text(max_size=12), max_size=3).map(tuple)


@made_up(SOME, SOME, SOME, SOME, SOME, st.text(max_size=30))
def test_whatever_was_read_out_the_form_opens(
    numbers: Any, phones: Any, emails: Any, postcodes: Any, references: Any, text: str
) -> None:
    found = ReadOut(
        prisoner_numbers=numbers, phones=phones, emails=emails, postcodes=postcodes, references=references, name=text
    )
    for form, check in ((REQUEST, check_request), (REPORT, check_breach)):
        body = draft(received(read_out=found, text=text), form.breach)
        check(form.body(form_of(body, form)), START)
