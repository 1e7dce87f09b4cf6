"""What each text says, and what it never says (R6, R7, R16, R17, R41, R47)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.messages import Step
from services.notifications.domain.texts import in_words, on_one_line
from services.notifications.settings import SendingSettings
from services.notifications.smtp import letter
from shared.events import blocks
from shared.events.envelope import Event
from shared.events.notices import PrisonerNoticeIssued
from tests.notifications.given import NOW, NUMBER, POLICE, at_the_prison, authorised, breach, handover, submitted, told
from tests.notifications.test_telling import IMPLEMENTED, MORE, NOTED, REFUSED, STEPS

SENDER = SendingSettings().smtp_from
PLACES = ("Leeds", "LEI", "Gloucester Terrace", "LS12", "Moorland", "MDI")


def text(*events: Event, **fields: Any) -> str:
    """The text of the last event's message."""
    service = at_the_prison(**fields)
    service.hear(*events)
    return service.messages()[-1].text


def test_r6_the_receipt_says_what_happens_next_by_when_and_that_it_is_no_court_order() -> None:
    receipt = told(submitted()).message(Step.RECEIVED).text
    assert "send your request to it by 5pm on Tuesday 24 November 2026" in receipt
    assert "within two working days" in receipt
    assert "This does not replace a court order" in receipt
    assert "Your reference is UPC-r1" in receipt


def test_r7_the_receipt_says_what_to_do_in_an_emergency() -> None:
    receipt = told(submitted()).message(Step.RECEIVED).text
    assert "If someone is in immediate danger, ring 999." in receipt
    assert "ask for the orderly officer or the Duty Governor" in receipt


@pytest.mark.parametrize("event", [event for event, _ in STEPS])
def test_r7_every_text_says_how_to_report_contact_that_goes_on_and_999(event: Event) -> None:
    said = text(event)
    assert "report it in the same way as you made your request. Give your reference: UPC-r1" in said
    assert "ring 999" in said


@pytest.mark.parametrize(("event", "step"), [(event, step) for event, step in STEPS if step is not Step.AUTHORISED])
def test_r41_the_requester_never_learns_where_the_prisoner_is(event: Event, step: Step) -> None:
    service = at_the_prison()
    service.hear(event)
    for message in service.messages():
        assert not [place for place in PLACES if place in message.text + message.subject]


@pytest.mark.parametrize("event", [event for event, _ in STEPS])
@pytest.mark.parametrize("requester", [{}, POLICE])
def test_r47_no_text_has_the_prisoners_number_or_probation_details(event: Event, requester: dict[str, Any]) -> None:
    said = text(event, requester=requester)
    assert NUMBER not in said
    assert "X123456" not in said


def test_r41_a_release_is_told_without_date_and_place() -> None:
    said = text(handover("r1"))
    assert "has been released" in said
    for word in ("Friday", "November", "2026", "8:17", *PLACES):
        assert word not in said


def test_r10_a_prisoner_who_is_free_is_told_without_date_and_place() -> None:
    for event, step in STEPS:
        if step in (Step.HELD, Step.NOT_IN_PRISON):
            said = text(event)
            assert "not in prison" in said
            assert "2026" not in said


def test_r17_the_authorisation_has_the_contact_route_of_the_prison() -> None:
    said = text(authorised())
    assert "HMP Leeds" in said
    assert "LS12" in said
    assert "If you change your mind" in said
    assert "authorised the block for Jane Example" in said
    assert "in place by 5pm on Wednesday 25 November 2026" in said


def test_r16_the_requester_hears_what_the_prisoner_is_told() -> None:
    assert "The prisoner is told the name of the person they cannot contact, and nothing else" in text(authorised())


def test_r12_a_refusal_and_a_question_carry_the_prisons_words() -> None:
    assert "Not enough is known" in text(REFUSED)
    assert "Is the order still in force?" in text(MORE)


def test_r45_an_order_stays_in_force() -> None:
    assert "the block stays in place" in text(NOTED)


@pytest.mark.parametrize("event", [IMPLEMENTED, breach()])
def test_r41_police_are_told_the_prison(event: Event) -> None:
    assert "HMP Leeds" in text(event, requester=POLICE)


def test_r47_what_a_breach_report_says_is_not_told_to_the_requester() -> None:
    said = text(breach())
    for secret in ("He rang twice", "900999", "UPC-BREACH", "cell"):
        assert secret not in said


def test_r17_why_a_block_was_lifted_is_the_prisons_own() -> None:
    assert "secret" not in text(blocks.BlockLifted.model_validate(IMPLEMENTED.model_dump() | {"reason": "secret"}))


def test_r26_a_subject_is_neutral_or_the_alias() -> None:
    safe = {"subject_alias": "Book club"}
    for event, step in STEPS:
        plain, hidden = at_the_prison(), at_the_prison(requester={"safe_to_contact": safe})
        plain.hear(event)
        hidden.hear(event)
        assert plain.message(step).subject == "Your request UPC-r1"
        assert hidden.message(step).subject == "Book club"


@given(alias=st.text(min_size=1, max_size=200), name=st.text(min_size=1, max_size=200))
def test_nobodys_name_or_alias_makes_a_header(alias: str, name: str) -> None:
    alias, name = f"a{alias}", f"n{name}"
    requester = {"name": name, "safe_to_contact": {"subject_alias": alias + "\r\nBcc: all@example.org\r\n\r\nbody"}}
    message = told(submitted(requester=requester)).message(Step.RECEIVED)
    mail = letter(message, SENDER)
    assert mail.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    ]
    assert b"\nBcc:" not in mail.as_bytes()


@given(name=st.text(max_size=50))
def test_a_name_makes_no_line_of_its_own(name: str) -> None:
    assert len(on_one_line(name).splitlines()) <= 1


def test_the_message_id_follows_from_what_is_told() -> None:
    one, two = (told(submitted()).message(Step.RECEIVED) for _ in range(2))
    assert letter(one, SENDER)["Message-ID"] == letter(two, SENDER)["Message-ID"]


SECRETS = st.text("bcdfghjklmnpqrstvwxyz", min_size=12, max_size=20)


@given(secrets=st.lists(SECRETS, min_size=12, max_size=12, unique=True))
def test_r16_nothing_that_was_submitted_reaches_the_prisoner_but_the_name(secrets: list[str]) -> None:
    requester, organisation, relation, court, rationale, other, phone, line, town, crime, notes, external = secrets
    request: dict[str, Any] = {
        "external_id": external,
        "requester": {"name": requester, "role": "victim", "organisation": organisation, "relation": relation}
        | {"email": f"{requester}@example.org", "phone": phone, "safe_to_contact": {"notes": notes}},
        "consent": "not_given",
        "grounds": {"kind": "court_order", "rationale": rationale, "court": court},
        "protected_people": [
            {
                "name": "Jane Example",
                "other_names": [other],
                "phones": [phone],
                "addresses": [{"lines": [line], "town": town}],
            }
        ],
        "cps_urn": "13AA1234526",
        "crime_reference": crime,
    }
    service = at_the_prison(**request)
    service.hear(authorised(grounds="court_order", consent="not_given", crn="X123456", shared_household=True))
    (notice,) = service.all(PrisonerNoticeIssued)
    out = json.loads(notice.model_dump_json())
    assert out.keys() == {"notice_id", "prisoner_number", "prison_id", "name", "at"}
    assert {key: out[key] for key in out.keys() - {"notice_id", "at"}} == {
        "prisoner_number": NUMBER,
        "prison_id": "LEI",
        "name": "Jane Example",
    }
    for secret in (*secrets, "13AA1234526", "UPC-r1", "r1", "court", "X123456"):
        assert secret not in json.dumps(out)


def test_times_are_written_as_people_say_them() -> None:
    assert in_words(NOW) == "9am on Monday 23 November 2026"
    assert in_words(NOW.replace(month=7, minute=30)) == "10:30am on Thursday 23 July 2026"
