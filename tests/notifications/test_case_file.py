"""What the digital case file gets (R27, R31)."""

from typing import Any

import pytest

from shared.events.notices import CaseFileNoteIssued, CaseFileStep
from tests.notifications.given import POLICE, Notifications, at_the_prison, authorised, breach, routed
from tests.notifications.test_telling import REFUSED

URN: dict[str, Any] = {"requester": POLICE, "cps_urn": "13aa/12345/26"}


def notes(service: Notifications, step: CaseFileStep) -> list[CaseFileNoteIssued]:
    return [note for note in service.all(CaseFileNoteIssued) if note.step is step]


def test_r27_submitted_and_being_considered_are_noted_under_the_urn() -> None:
    service = at_the_prison(**URN)
    (first,), (second,) = (notes(service, step) for step in (CaseFileStep.SUBMITTED, CaseFileStep.BEING_CONSIDERED))
    assert {first.cps_urn, first.key(), second.cps_urn} == {"13AA1234526"}
    assert first.urn_doubts == ()
    for words in ("13AA1234526", "UPC-r1", "PC Alex", "Kim Inmate", "Jane Example"):
        assert words in first.document
    assert "HMP Leeds" in second.document


@pytest.mark.parametrize(("event", "words"), [(authorised(), "authorised"), (REFUSED, "Not enough is known")])
def test_r27_a_decision_is_noted(event: Any, words: str) -> None:
    service = at_the_prison(**URN)
    service.hear(event, event)
    (note,) = notes(service, CaseFileStep.DECIDED)
    assert words in note.document
    assert note.request_id == "r1"


def test_r31_a_breach_is_noted_with_what_points_at_a_prosecution() -> None:
    service = at_the_prison(**URN)
    service.hear(breach(prosecution_points=["illicit_mobile_phone"]))
    (note,) = notes(service, CaseFileStep.BREACH)
    assert note.prosecution_points == ("illicit_mobile_phone",)
    assert note.breach_id == "br1"
    for words in ("He rang twice", "Points at a prosecution: illicit mobile phone", "+447700900999"):
        assert words in note.document


def test_r27_a_breach_report_with_a_urn_of_its_own_is_noted_without_a_request() -> None:
    service = Notifications()
    service.hear(breach(request_id=None, cps_urn="13AA1234526"))
    (note,) = notes(service, CaseFileStep.BREACH)
    assert (note.request_id, note.cps_urn) == (None, "13AA1234526")


def test_r36_an_unusual_urn_is_warned_of_and_never_refused() -> None:
    (note,) = notes(at_the_prison(requester=POLICE, cps_urn="AB-1"), CaseFileStep.SUBMITTED)
    assert note.cps_urn == "AB1"
    assert len(note.urn_doubts) == 2
    assert "does not begin with a two-digit force code" in note.document


@pytest.mark.parametrize("fields", [{"requester": POLICE}, {"cps_urn": "13AA1234526"}, URN | {"cps_urn": " - "}, URN | {"channel": "web"}])
def test_r27_other_requests_have_no_case_file(fields: dict[str, Any]) -> None:
    service = at_the_prison(**fields)
    service.hear(authorised(), breach())
    assert service.all(CaseFileNoteIssued) == []


def test_r27_each_note_once() -> None:
    service = at_the_prison(**URN)
    service.hear(routed(), authorised(), authorised(), breach(), breach())
    ids = [note.note_id for note in service.all(CaseFileNoteIssued)]
    assert len(ids) == len(set(ids)) == 4
