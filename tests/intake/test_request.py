"""How a request stands (R17, R41, R47)."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.request import Happening, Request, Status, Step, WhatHappened, status
from shared.events.form import Role

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def request(role: Role = Role.VICTIM, *happened: Happening) -> Request:
    asked = Request(
        request_id="r",
        reference="UPC-7KQ-M2X-WDHC",
        agency=role.agency,
        submitted_at=START,
        routing_deadline=START,
        blocks=("a", "b"),
        happened=(Happening(at=START, step=Step.SUBMITTED),),
    )
    for news in happened:
        asked = asked.heard(news)
    return asked


def news(step: Step, hours: int, block_id: str | None = None, prison_id: str | None = None) -> Happening:
    return Happening(at=START + timedelta(hours=hours), step=step, block_id=block_id, prison_id=prison_id)


whatever = st.lists(
    st.builds(
        news,
        st.sampled_from(list(Step)[1:]),
        st.integers(1, 100),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, "LEI", "MDI"]),
    ),
    max_size=8,
)


@given(whatever, st.randoms(use_true_random=False))
def test_r25_the_order_in_which_news_arrives_and_how_often_changes_nothing(
    happened: list[Happening], chance: random.Random
) -> None:
    shuffled = [*happened, *happened]
    chance.shuffle(shuffled)
    assert status(request(Role.POLICE, *happened)) == status(request(Role.POLICE, *shuffled))


@given(whatever)
def test_r41_the_public_learns_no_prison_that_has_not_authorised(happened: list[Happening]) -> None:
    asked = request(Role.VICTIM, *happened)
    authorised = {item.prison_id for item in asked.happened if item.step is Step.AUTHORISED}
    assert asked.prison is None or asked.prison in authorised


def test_the_furthest_block_is_how_a_request_stands() -> None:
    routed = news(Step.ROUTED, 1, prison_id="LEI")
    refused, authorised = news(Step.REFUSED, 2, "a"), news(Step.AUTHORISED, 3, "b", "LEI")
    assert request().status is Step.SUBMITTED
    assert request(Role.VICTIM, routed).status is Step.ROUTED
    assert request(Role.VICTIM, routed, refused).status is Step.REFUSED
    assert request(Role.VICTIM, routed, refused, authorised).status is Step.AUTHORISED
    assert request(Role.VICTIM, routed, authorised, news(Step.LIFTED, 4, "b")).status is Step.LIFTED
    asking = news(Step.MORE_ASKED, 2, "b")
    assert request(Role.VICTIM, routed, refused, asking).status is Step.MORE_ASKED


@given(whatever)
def test_r41_only_police_and_probation_see_that_a_prisoner_was_moved(happened: list[Happening]) -> None:
    seen = [(item.step, item.block_id) for item in request(Role.FAMILY, *happened).told]
    in_force = [block_id for step, block_id in seen if step is Step.IMPLEMENTED]
    assert len(in_force) == len(set(in_force))
    of_request = [step for step, block_id in seen if block_id is None and step is not Step.IMPLEMENTED]
    assert (Step.ROUTED, Step.ROUTED) not in pairwise(of_request)
    police = request(Role.POLICE, *happened)
    assert police.told == police.happened


def test_r10_r41_a_request_that_was_held_is_seen_to_reach_the_prison_and_a_move_is_not_seen() -> None:
    moves = [
        news(Step.ROUTED, 1, prison_id="LEI"),
        news(Step.ROUTED, 2, prison_id="MDI"),
        news(Step.HELD, 3),
        news(Step.ROUTED, 4, prison_id="DNI"),
        news(Step.AUTHORISED, 5, "a", "DNI"),
        news(Step.IMPLEMENTED, 6, "a", "DNI"),
        news(Step.IMPLEMENTED, 7, "a", "BXI"),
    ]
    seen = status(request(Role.FRIEND, *moves))
    assert [line.what for line in seen.what_has_happened] == [
        "submitted", "routed", "held", "routed", "authorised", "implemented"
    ]  # fmt: skip
    assert seen.prison.prison_id == "DNI"
    assert "BXI" not in seen.model_dump_json()
    assert status(request(Role.PROBATION, *moves)).prison.prison_id == "BXI"


def test_r17_r41_who_may_not_know_the_prison_reads_the_prison_and_then_its_contact_route() -> None:
    routed = news(Step.ROUTED, 1, prison_id="LEI")
    before = status(request(Role.VICTIM, routed)).prison
    assert (before.prison_id, before.name, before.address) == (None, "the prison", ())
    after = status(request(Role.VICTIM, routed, news(Step.AUTHORISED, 2, "a", "LEI"))).prison
    assert (after.prison_id, after.name, after.address[-1]) == ("LEI", "HMP Leeds", "LS12 2TJ")


def test_r47_a_status_has_no_place_for_what_was_said_about_anybody() -> None:
    assert set(Status.model_fields) == {
        "request_id", "reference", "status", "prison", "deadlines", "what_has_happened"
    }  # fmt: skip
    assert set(WhatHappened.model_fields) == {"at", "what"}
