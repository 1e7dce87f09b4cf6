"""How a request stands (R17, R41, R47)."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.request import Happening, Request, Step, status
from shared.events.form import Role

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


def request(role: Role = Role.VICTIM, *happened: Happening) -> Request:
    asked = Request(
        request_id="r",
        reference="UPC-7KQ-M2X-WDHC",
        role=role,
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
