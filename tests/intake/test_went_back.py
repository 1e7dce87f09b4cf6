"""Intake hears its own word: once its database went back to a backup, that is how it knows what it had taken in (R5, R6, R29)."""

import json
from datetime import timedelta

import pytest

from services.intake.domain.breach import Breach
from services.intake.domain.identity import Named, Pair
from services.intake.domain.request import Request, Step
from shared.events.breaches import BreachReportSubmitted
from shared.events.requests import ContactRequestHeld, ContactRequestSubmitted, HeldBecause
from tests.intake import forms
from tests.intake.deciding import Deciding, Outcome
from tests.intake.test_request import START

REPLY = "upc.inbound.reply"


def word(outcome: Outcome) -> ContactRequestSubmitted:
    return ContactRequestSubmitted.model_validate_json(outcome.said[ContactRequestSubmitted.TYPE])


def only(intake: Deciding) -> Request:
    (request,) = intake.all(Request)
    assert isinstance(request, Request)
    return request


@pytest.mark.parametrize("by_http", [True, False])
def test_r6_a_request_is_known_again_and_its_way_goes_on(by_http: bool) -> None:
    before, after, body = Deciding(), Deciding(), forms.request()
    said = word((before.ask if by_http else before.ask_over_kafka)(body, "cause"))
    after.on(said, "its word")
    assert only(after) == only(before).but(owner=None)
    for kind in (Named, Pair):
        assert {ref: state for ref, state in after.states.items() if ref[0] is kind} == {
            ref: state for ref, state in before.states.items() if ref[0] is kind
        }
    held = ContactRequestHeld(
        **{"request_id": said.request_id, "reference": said.reference, "prisoner_number": "A1234BC"},
        **{"because": HeldBecause.RELEASED, "held_at": START},
    )
    after.on(held, "its way")
    assert only(after).status is Step.HELD
    after.on(said, "its word again")
    assert only(after).status is Step.HELD, "what it knows it does not forget for that"


@pytest.mark.parametrize("its_word_first", [True, False])
def test_r5_what_came_over_kafka_is_read_again_and_is_its_sender_s_again(its_word_first: bool) -> None:
    """Which of the two is heard first nobody knows: they are on two topics."""
    before, after, body = Deciding(), Deciding(), forms.request()
    first = before.ask_over_kafka(body, "cause")
    after.now += timedelta(hours=30)  # its clock has run since then (R8)
    if its_word_first:
        after.on(word(first), "its word")
    after.ask_over_kafka(body, "cause")
    after.on(word(first), "its word")
    assert only(after) == only(before)
    assert after.states.keys() == before.states.keys()
    again = after.ask_over_kafka(body, "another cause")
    assert json.loads(again.said[REPLY]) == json.loads(first.said[REPLY])
    assert ContactRequestSubmitted.TYPE not in again.said


def test_r29_a_report_is_known_again() -> None:
    before, after = Deciding(), Deciding()
    outcome = before.report(forms.breach(), "cause")
    after.on(BreachReportSubmitted.model_validate_json(outcome.said[BreachReportSubmitted.TYPE]), "its word")
    for kind in (Breach, Named):
        assert after.all(kind) == before.all(kind)
