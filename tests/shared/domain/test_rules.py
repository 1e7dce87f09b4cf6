"""Rules that change are dated settings (R48)."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.rules import Rules

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_r48_the_rules_as_they_stand() -> None:
    rules = Rules()
    assert rules.routing_deadline(MONDAY) == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert rules.implementation_deadline(MONDAY) == datetime(2026, 11, 25, 17, tzinfo=UTC)
    assert rules.review_due(MONDAY) == MONDAY + timedelta(days=90)
    assert rules.review_due(MONDAY, 30) == MONDAY + timedelta(days=30)
    assert rules.settled_at(MONDAY) == MONDAY + timedelta(minutes=45)
    assert rules.movement_review_due(MONDAY) == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_r48_a_rule_changes_on_its_day_and_not_before() -> None:
    rules = Rules.model_validate_json('{"settling_minutes": {"values": [["2020-01-01", 45], ["2026-11-24", 10]]}}')
    assert rules.settled_at(MONDAY) == MONDAY + timedelta(minutes=45)
    assert rules.settled_at(MONDAY + timedelta(days=1)) == MONDAY + timedelta(days=1, minutes=10)


def test_r48_a_bare_value_has_always_been_so() -> None:
    rules = Rules.model_validate_json('{"cutoff": "09:00", "one_off_holidays": ["2026-11-25"]}')
    assert rules.routing_deadline(MONDAY) == datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        '{"unknown": 1}',
        '{"settling_minutes": {"values": []}}',
        '{"settling_minutes": {"values": [["2026-01-01", 1], ["2025-01-01", 2]]}}',
    ],
)
def test_r48_rules_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Rules.model_validate_json(text)
