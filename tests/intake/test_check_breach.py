"""A breach report is complete, or every fault is told at once (R29, R42)."""

from typing import Any

import pytest
from hypothesis import given

from shared.events.check import check_breach, check_request
from tests.intake import forms
from tests.intake.test_check import GONE, NOW, json_values, put


def spoilt(path: str, value: Any) -> dict[str, Any]:
    body = forms.breach()
    put(body, path, value)
    return body


def test_r29_a_breach_report_needs_a_reference_or_both_people_and_what_happened() -> None:
    def found(**changes: Any) -> list[str]:
        return [fault.pointer for fault in check_breach(forms.breach(**changes), NOW)[1]]

    assert found() == []
    assert found(prisoner=None, protected_person=None) == ["/prisoner", "/protected_person"]
    assert found(channel="pigeon", what_happened="", happened_at="9999-01-01T00:00:00Z") == [
        "/channel",
        "/happened_at",
        "/what_happened",
    ]
    assert found(reference="UPC-222-222-2222", prisoner=None, protected_person=None) == []  # whose it is, is not asked
    assert found(reference="UPC-222-222-2223", prisoner=None) == ["/reference"]  # that it is misspelled, anyone can see
    assert found(reference="my case") == []
    assert found(reference=" ", prisoner=None, protected_person="\u200b") == ["/prisoner", "/protected_person"]
    assert found(reference=7) == ["/reference"]


BREACH_FAULTS: list[tuple[str, Any]] = [
    ("/happened_at", "Jane Example, 07700 900123"),
    ("/happened_at", 1790000000),
    ("/happened_at", "2026-11-23T10:00:01Z"),
    ("/happened_at", "9999-01-01T00:00:00Z"),
    ("/prisoner/date_of_birth", "2026-11-24"),
    ("/prisoner/number", "1234ABC"),
    ("/protected_person", "..."),
    ("/reporter/email", "jane at example"),
    ("/reporter/phone", "ring me"),
    ("/contact_used", "x" * 201),
    ("/what_happened", "x" * 10_001),
    ("/what_happened", GONE),
    ("/channel", GONE),
]


@pytest.mark.parametrize(("path", "value"), BREACH_FAULTS)
def test_r29_r42_each_fault_of_a_breach_report_is_found_and_repeats_nothing(path: str, value: Any) -> None:
    _, faults = check_breach(spoilt(path, value), NOW)
    assert [fault.pointer for fault in faults] == [path]
    assert not isinstance(value, str) or value not in faults[0].fault


def test_r29_a_breach_may_have_happened_by_a_clock_that_is_a_little_ahead() -> None:
    assert check_breach(forms.breach(happened_at="2026-11-23T09:59:59Z"), NOW)[1] == ()


def test_r42_letters_in_a_fault_are_never_those_that_were_sent() -> None:
    secret = "Zoë Müller 07700 900999"
    said = [fault.fault for path, _ in BREACH_FAULTS for fault in check_breach(spoilt(path, secret), NOW)[1]]
    assert said
    assert not any(word in fault for fault in said for word in secret.split())


@given(json_values)
def test_whatever_a_body_is_it_is_a_form_or_clear_faults(body: Any) -> None:
    for check in (check_request, check_breach):
        form, faults = check(body, NOW)
        assert form or faults
