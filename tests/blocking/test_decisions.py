"""Deciding (R12, R17, R18, R45): authorise, refuse, ask for more, withdraw."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.events.blocks import (
    BlockAuthorised,
    BlockEnded,
    BlockLifted,
    BlockMoreAsked,
    BlockRefused,
    BlockWithdrawalNoted,
)
from shared.runtime.work import NotYet, Rejected
from tests.blocking.given import JANE, MOORLAND, START, World, authorised, contact, decision, moved, review, routed

MARY: dict[str, Any] = {"name": "Mary Other", "phones": ["+447700900456"]}


def blocked(world: World) -> list[str]:
    changed = world.block_list()
    return [block.block_id for block in changed.blocks] if changed else []


def test_r12_an_authorised_block_is_on_the_list_of_the_holding_prison() -> None:
    changed = authorised().block_list()
    assert changed is not None
    assert (changed.version, changed.prison_id, changed.also_held_by) == (1, "LEI", ())
    (block,) = changed.blocks
    assert (block.name, block.other_names, block.phones) == ("Jane Example", ("Jane Sample",), ("+447700900123",))
    assert block.addresses[0].postcode == "LS1 1AA"
    assert block.emails == ("jane@example.org",)
    assert block.review_on is None


def test_r13_r46_the_two_days_run_from_the_authorisation() -> None:
    (said,) = authorised().of(BlockAuthorised)
    assert (said.at, said.implementation_deadline) == (START, datetime(2026, 11, 25, 17, tzinfo=UTC))


def test_r12_some_people_and_points_may_be_authorised_and_others_not() -> None:
    world = World()
    world.on(routed(JANE, MARY), decision("authorise", block_id="req-1/0", excluded_contact_points=["07700 900 123"]))
    world.on(decision("refuse", block_id="req-1/1", reason="Not in this case."))
    changed = world.block_list()
    assert changed is not None
    assert [block.phones for block in changed.blocks] == [()]
    assert [said.block_id for said in world.of(BlockRefused)] == ["req-1/1"]


def test_r12_with_every_point_left_out_the_name_is_still_blocked() -> None:
    world = World()
    world.on(routed(MARY), decision("authorise", excluded_contact_points=["07700900456"]))
    world.on(contact("requested", name="Mary Other"))
    assert blocked(world) == ["req-1/0"]
    assert world.outcomes() == {"c-1": "refused"}


def test_r12_authorising_a_request_is_about_what_is_undecided_of_it() -> None:
    world = World()
    world.on(routed(JANE, MARY), decision("refuse", block_id="req-1/1", reason="No."), decision("authorise"))
    assert blocked(world) == ["req-1/0"]


@pytest.mark.parametrize("outcome", ["refuse", "ask_for_more"])
def test_r12_a_refusal_or_a_question_needs_words_for_the_requester(outcome: str) -> None:
    world = World()
    world.on(routed())
    with pytest.raises(Rejected):
        world.on(decision(outcome))


def test_r12_asking_for_more_leaves_the_request_undecided() -> None:
    world = World()
    world.on(routed(), decision("ask_for_more", reason="Which court?"))
    assert [said.reason for said in world.of(BlockMoreAsked)] == ["Which court?"]
    world.on(decision("authorise"))
    assert blocked(world) == ["req-1/0"]


def test_r12_a_decision_before_its_request_waits_for_it() -> None:
    with pytest.raises(NotYet):
        World().on(decision("authorise"))
    world = World()
    world.on(routed())
    with pytest.raises(NotYet):
        world.on(decision("authorise", request_id="req-2"))


def test_r12_a_prison_that_has_nothing_to_do_with_it_decides_nothing() -> None:
    world = World()
    world.on(routed())
    with pytest.raises(Rejected):
        world.on(decision("authorise", prison_id="BXI"))


def test_r12_the_prison_it_was_routed_to_and_the_holding_prison_may_both_decide() -> None:
    for prison in ("LEI", MOORLAND):
        world = World()
        world.on(
            routed(), moved("received", START + timedelta(hours=1), MOORLAND), decision("authorise", prison_id=prison)
        )
        changed = world.block_list()
        assert changed is not None
        assert changed.prison_id == MOORLAND


def test_r12_a_new_look_after_a_refusal_is_allowed_and_a_refusal_after_authorisation_is_not() -> None:
    world = World()
    world.on(routed(), decision("refuse", reason="No."), decision("authorise"))
    assert blocked(world) == ["req-1/0"]
    with pytest.raises(Rejected):
        world.on(decision("refuse", reason="After all."))


def test_r12_the_same_decision_twice_changes_nothing() -> None:
    world = authorised()
    assert world.on(decision("authorise")) == []
    world = World()
    world.on(routed(), decision("refuse", reason="No."))
    assert world.on(decision("refuse", reason="No.")) == []


def test_r17_a_withdrawal_lifts_only_what_that_request_put_in_force() -> None:
    world = authorised()
    world.on(routed(request="req-2"), decision("authorise", request_id="req-2"))
    said = world.on(decision("withdraw"))
    assert [event.TYPE for event in said] == ["upc.block.lifted", "upc.block-list.changed"]
    assert blocked(world) == ["req-2/0"]
    world.on(contact("requested", phones=["07700900123"]))
    assert world.outcomes() == {"c-1": "refused"}


def test_r17_what_is_withdrawn_needs_a_new_request() -> None:
    world = authorised()
    world.on(decision("withdraw"))
    assert world.on(decision("withdraw")) == []
    with pytest.raises(Rejected):
        world.on(decision("authorise"))


def test_r17_a_request_withdrawn_before_its_decision_is_lifted_without_a_list() -> None:
    world = World()
    said = world.on(routed(), decision("withdraw"))
    assert [event.TYPE for event in said] == [BlockLifted.TYPE]


@pytest.mark.parametrize("grounds", ["court_order", "bail_condition"])
def test_r45_an_order_stays_in_force_when_the_victim_withdraws(grounds: str) -> None:
    world = authorised(consent="not_given", grounds=grounds)
    said = world.on(decision("withdraw"))
    assert [event.TYPE for event in said] == [BlockWithdrawalNoted.TYPE]
    assert blocked(world) == ["req-1/0"]
    assert world.on(decision("withdraw")) == []


def test_r21_without_consent_a_review_date_stands_on_the_list() -> None:
    def review_on(**decided: Any) -> date | None:
        world = World()
        world.on(routed(consent="not_given", grounds="safeguarding"), decision("authorise", **decided))
        changed = world.block_list()
        assert changed is not None
        return changed.blocks[0].review_on

    assert review_on() == date(2027, 2, 21)
    assert review_on(review_after_days=30) == date(2026, 12, 23)


def test_r18_an_order_with_an_end_is_reviewed_before_it_and_not_lifted_by_it() -> None:
    world = authorised(consent="given", grounds="court_order", order_ends_on="2026-12-31")
    changed = world.block_list()
    assert changed is not None
    assert changed.blocks[0].review_on == date(2026, 12, 17)
    world.wait(days=60)
    assert blocked(world) == ["req-1/0"]


def test_r22_a_review_ends_changes_or_keeps_the_block() -> None:
    world = authorised(consent="not_given", grounds="safeguarding")
    world.on(review("keep", next_review_on="2027-05-01"))
    world.on(review("change", excluded_contact_points=["+447700900123"], next_review_on="2027-06-01"))
    changed = world.block_list()
    assert changed is not None
    assert (changed.version, changed.blocks[0].phones, changed.blocks[0].review_on) == (3, (), date(2027, 6, 1))
    world.on(review("end"))
    assert blocked(world) == []
    assert [said.because for said in world.of(BlockEnded)] == ["review"]


@pytest.mark.parametrize("outcome", ["keep", "change", "end"])
def test_r22_a_decision_on_a_review_is_not_blockings_to_act_on(outcome: str) -> None:
    assert authorised().on(decision(outcome, review_id="r-1")) == []


def test_r43_a_shared_household_is_flagged_and_not_decided() -> None:
    world = World()
    world.on(contact("added", name="Tom Tenant", addresses=[{"lines": ["1 High St."], "postcode": "ls11aa"}]))
    world.on(routed(), decision("authorise"))
    assert [said.shared_household for said in world.of(BlockAuthorised)] == [True]


@pytest.mark.parametrize("who", [{"name": "Janey Example"}, {"name": "Sol Icitor", "kind": "legal"}])
def test_r43_the_protected_person_and_a_solicitor_are_no_shared_household(who: dict[str, Any]) -> None:
    world = World()
    world.on(contact("added", phones=["07700900123"], **who), routed(), decision("authorise"))
    assert [said.shared_household for said in world.of(BlockAuthorised)] == [False]


def test_r16_the_list_says_nothing_of_requester_grounds_or_who_decided() -> None:
    world = authorised(consent="not_given", grounds="court_order", requester_role="witness")
    changed = world.block_list()
    assert changed is not None
    assert changed.blocks[0].model_dump().keys() == {
        "block_id", "reference", "name", "other_names", "phones", "addresses", "emails", "in_force_since", "review_on",
    }  # fmt: skip


def test_r12_authorising_the_request_again_does_not_authorise_who_was_refused() -> None:
    world = World()
    world.on(routed(JANE, MARY), decision("refuse", block_id="req-1/1", reason="No."), decision("authorise"))
    assert world.on(decision("authorise")) == []
    assert blocked(world) == ["req-1/0"]


def test_r12_a_request_routed_on_is_the_new_prisons_to_decide() -> None:
    world = World()
    world.on(routed(), routed(prison_id=MOORLAND))
    with pytest.raises(Rejected):
        world.on(decision("authorise"))
    world.on(decision("authorise", prison_id=MOORLAND))
    assert blocked(world) == ["req-1/0"]


def test_r12_routing_a_decided_request_again_undoes_nothing() -> None:
    world = authorised()
    assert world.on(routed()) == []
    assert blocked(world) == ["req-1/0"]


def test_r22_the_review_of_a_block_withdrawn_meanwhile_does_nothing() -> None:
    world = authorised()
    world.on(decision("withdraw"))
    assert world.on(review("end")) == []
