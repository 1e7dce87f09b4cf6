"""Contact that goes on (R29-R31)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.events.blocks import BlockRefused
from shared.events.breaches import BreachAlerted
from shared.events.inbound import BreachAction
from shared.runtime.work import NotYet, Rejected
from tests.blocking.given import JANE, MOORLAND, START, World, authorised, breach, decision, implemented, moved, routed

MARY: dict[str, Any] = {"name": "Mary Other", "phones": ["+447700900456"]}


def alert(world: World, **report: Any) -> BreachAlerted:
    (said,) = world.on(breach(**report))
    assert isinstance(said, BreachAlerted)
    return said


def phones(world: World) -> tuple[str, ...]:
    changed = world.block_list()
    assert changed is not None
    return changed.blocks[0].phones


def test_r29_the_holding_prison_is_alerted_with_the_block_and_what_it_can_do() -> None:
    world = implemented()
    world.on(moved("received", START, MOORLAND))
    said = alert(world, contact_used="07700 900123")
    assert (said.prison_id, said.block_id, said.request_id, said.protected_person) == (
        MOORLAND, "req-1/0", "req-1", "Jane Example",
    )  # fmt: skip
    assert said.actions == (BreachAction.PIN_PHONE_CHECK, BreachAction.CELL_SEARCH)
    assert said.proposed_contact_point is None


@pytest.mark.parametrize(
    ("report", "block_id"),
    [
        ({"request": "req-1", "protected_person": "mary other"}, "req-1/1"),
        ({"request": "req-1", "contact_used": "07700900456"}, "req-1/1"),
        ({"request": "req-1"}, "req-1/0"),
        ({"request": None, "reference": "UPC-req-1"}, "req-1/0"),
        ({"request": None, "protected_person": "Other, Mary"}, "req-1/1"),
        ({"request": None, "contact_used": "0044 7700 900456"}, "req-1/1"),
        ({"request": None, "protected_person": "Nobody Known"}, None),
        ({"request": "req-9", "protected_person": "Mary Other"}, None),
    ],
)
def test_r29_the_block_is_found_by_request_name_or_number(report: dict[str, Any], block_id: str | None) -> None:
    assert alert(authorised(JANE, MARY), **report).block_id == block_id


def test_r29_a_report_about_a_prisoner_without_blocks_is_alerted_all_the_same() -> None:
    said = alert(World(), request=None, protected_person="Jane Example")
    assert (said.prison_id, said.block_id, said.protected_person) == ("LEI", None, "Jane Example")


@pytest.mark.parametrize(
    ("channel", "actions"),
    [("letter", {"mail_check"}), ("text", {"pin_phone_check", "cell_search"}), ("social_media", {"cell_search"})],
)
def test_r29_what_can_be_done_follows_from_the_channel(channel: str, actions: set[str]) -> None:
    assert set(alert(authorised(), channel=channel).actions) == actions


def test_r29_each_action_is_recorded() -> None:
    world = authorised()
    world.on(breach())
    (said,) = world.on(decision("record_action", breach_id="b-1", action="cell_search"))
    assert (said.TYPE, said.model_dump()["action"]) == ("upc.breach.action-recorded", "cell_search")
    with pytest.raises(Rejected):
        world.on(decision("record_action", breach_id="b-1"))
    with pytest.raises(NotYet):
        world.on(decision("record_action", breach_id="b-2", action="cell_search"))
    with pytest.raises(Rejected):
        world.on(decision("record_action", breach_id="b-1", action="cell_search", prison_id="BXI"))


@pytest.mark.parametrize("yes", [{"breach_id": "b-1"}, {"block_id": "req-1/0"}, {"request_id": "req-1"}])
@pytest.mark.parametrize("outcome", ["authorise", "change"])
def test_r30_a_new_number_joins_the_block_after_the_prisons_yes(yes: dict[str, Any], outcome: str) -> None:
    world = implemented()
    assert alert(world, contact_used="07700 900 999").proposed_contact_point == "+447700900999"
    assert phones(world) == ("+447700900123",)
    world.on(decision(outcome, **yes))
    assert phones(world) == ("+447700900123", "+447700900999")
    assert world.block_list().version == 2  # type: ignore[union-attr]
    assert world.on(decision(outcome, **yes)) == []


@pytest.mark.parametrize("no", [{"breach_id": "b-1"}, {"block_id": "req-1/0"}, {"request_id": "req-1"}])
def test_r30_a_no_drops_the_new_number_and_leaves_the_block(no: dict[str, Any]) -> None:
    world = implemented()
    world.on(breach(contact_used="07700900999"), decision("refuse", reason="A neighbour's.", **no))
    world.on(decision("authorise", block_id="req-1/0"))
    assert phones(world) == ("+447700900123",)


def test_r30_a_yes_by_request_is_to_every_block_of_it_that_a_point_waits_for() -> None:
    world = implemented(JANE, MARY)
    world.on(breach(contact_used="07700900999", protected_person="Jane Example"))
    world.on(breach(contact_used="07700900888", protected_person="Mary Other", breach_id="b-2"))
    world.on(decision("authorise"))
    changed = world.block_list()
    assert changed is not None
    assert [block.phones[-1] for block in changed.blocks] == ["+447700900999", "+447700900888"]


def test_r12_r30_a_yes_by_request_authorises_who_is_undecided_and_a_no_leaves_the_new_number_waiting() -> None:
    world = World()
    world.on(routed(JANE, MARY), decision("authorise", block_id="req-1/0"), breach(contact_used="07700900999"))
    world.on(decision("refuse", reason="Not in this case."))
    assert [said.block_id for said in world.of(BlockRefused)] == ["req-1/1"]
    world.on(decision("authorise"))
    assert phones(world) == ("+447700900123", "+447700900999")


def test_r30_a_decision_from_before_the_report_is_no_yes_to_its_number() -> None:
    world = implemented()
    world.now = START + timedelta(hours=1)
    world.on(breach(contact_used="07700900999"), decision("authorise"), decision("change", block_id="req-1/0"))
    assert phones(world) == ("+447700900123",)
    world.on(decision("authorise", at=world.now))
    assert phones(world) == ("+447700900123", "+447700900999")


def test_r30_a_yes_may_leave_points_out() -> None:
    world = implemented()
    world.on(breach(contact_used="07700900999"), breach(contact_used="07700900888", breach_id="b-2"))
    world.on(decision("change", block_id="req-1/0", excluded_contact_points=["07700 900888"]))
    assert phones(world) == ("+447700900123", "+447700900999")


def test_r30_a_point_once_left_out_can_join_after_a_breach() -> None:
    world = World()
    world.on(routed(), decision("authorise", excluded_contact_points=["07700900123"]))
    world.on(breach(contact_used="07700900123"), decision("authorise", breach_id="b-1"))
    assert phones(world) == ("+447700900123",)


def test_r30_a_new_address_joins_too() -> None:
    world = implemented()
    world.on(breach(channel="letter", contact_used="2 Low Road, Leeds, LS2 2BB"), decision("change", breach_id="b-1"))
    changed = world.block_list()
    assert changed is not None
    assert [address.postcode for address in changed.blocks[0].addresses] == ["LS1 1AA", "LS2 2BB"]


@pytest.mark.parametrize("used", ["somebody on the wing", "116 123", None])
def test_r30_what_is_no_point_or_a_helpline_is_not_proposed(used: str | None) -> None:
    assert alert(authorised(), contact_used=used).proposed_contact_point is None


@pytest.mark.parametrize(
    ("case", "report", "points"),
    [
        ({}, {"channel": "letter"}, set()),
        ({}, {"channel": "text"}, {"illicit_mobile_phone"}),
        ({}, {"channel": "social_media"}, {"illicit_mobile_phone"}),
        ({}, {"channel": "phone", "contact_used": "07700900999"}, {"illicit_mobile_phone"}),
        ({}, {"channel": "phone", "contact_used": "07700900123"}, set()),
        ({}, {"channel": "phone", "contact_used": "0113 496 0999"}, set()),
        ({"requester_role": "witness"}, {"channel": "letter"}, {"witness_intimidation"}),
        ({}, {"channel": "letter", "cps_urn": "13AA1234526"}, {"witness_intimidation"}),
        ({"grounds": "court_order"}, {"channel": "letter"}, {"breach_of_court_order"}),
        (
            {"grounds": "bail_condition", "order_ends_on": "2026-11-22"},
            {"channel": "letter", "happened_at": "2026-11-22T23:30:00Z"},
            {"breach_of_court_order"},
        ),
        (
            {"grounds": "bail_condition", "order_ends_on": "2026-11-22"},
            {"channel": "letter", "happened_at": "2026-11-23T00:30:00Z"},
            set(),
        ),
    ],
)  # fmt: skip
def test_r31_points_at_a_prosecution_follow_from_what_was_filled_in(
    case: dict[str, Any], report: dict[str, Any], points: set[str]
) -> None:
    assert set(alert(authorised(**case), **report).prosecution_points) == points
