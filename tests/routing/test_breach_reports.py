"""Finding the prison that a breach report is for (R29, R11, R42)."""

from datetime import timedelta

import pytest

from shared.events.breaches import BreachReportNeedsPerson, BreachReportRouted
from shared.runtime.work import NotYet, Rejected
from tests.routing.given import BORN, JOHN, OTHER, breach, choice, merged, prisoner, received, submitted, world
from tests.support.world import START

HOUR = timedelta(hours=1)


def test_r29_a_breach_report_goes_where_its_request_or_its_prisoner_is() -> None:
    there = world()
    there.on(prisoner(), submitted())
    there.on(received("MDI", START + HOUR))
    (said,) = there.on(breach("r1"))
    assert isinstance(said, BreachReportRouted)
    assert (said.prison_id, said.prisoner_number, said.request_id) == ("MDI", JOHN, "r1")
    by_number = world()
    (said,) = by_number.on(prisoner(), breach(number=JOHN))
    assert isinstance(said, BreachReportRouted)
    with pytest.raises(NotYet):
        world().on(breach("r1"))


def test_r29_r11_a_report_with_the_reference_of_one_prisoner_and_the_number_of_another_is_a_persons() -> None:
    there = world()
    there.on(prisoner(), submitted(), prisoner(OTHER))
    (said,) = there.on(breach("r1", number=OTHER))
    assert isinstance(said, BreachReportNeedsPerson)
    assert said.because == "reference_and_number_disagree"
    (said,) = there.on(choice(OTHER, "x1"))
    assert isinstance(said, BreachReportRouted)
    assert said.prisoner_number == OTHER
    same = world()
    same.on(prisoner(), submitted(), prisoner(OTHER), breach("r1", number=OTHER), merged(OTHER, JOHN))
    assert [event.prisoner_number for event in same.of(BreachReportRouted)] == [OTHER], "they were the same one"
    before = world()
    before.on(prisoner(), submitted(), prisoner(OTHER), merged(OTHER, JOHN), breach("r1", number=JOHN))
    assert len(before.of(BreachReportRouted)) == 1


def test_r29_a_breach_report_about_nobody_sure_goes_to_a_person_who_can_send_it_on() -> None:
    there = world()
    (said,) = there.on(breach(number=JOHN))
    assert isinstance(said, BreachReportNeedsPerson)
    (said,) = there.on(prisoner(OTHER), choice(OTHER, "x1"))
    assert isinstance(said, BreachReportRouted)
    with pytest.raises(Rejected):
        there.on(choice(OTHER, "x1"))
    assert there.on(prisoner()) == []


def test_r29_a_breach_report_about_nobody_in_the_register_stays_with_the_person_who_says_so() -> None:
    there = world()
    there.on(breach(number=JOHN))
    assert there.on(choice(None, "x1")) == []
    with pytest.raises(NotYet):
        there.on(choice(OTHER, "x1"))


def test_r29_r42_a_report_that_names_nobody_and_no_request_is_a_persons_who_can_send_it_on() -> None:
    """Its reporter gave a reference that is nobody's, and was told nothing of that."""
    there = world()
    (said,) = there.on(breach())
    assert isinstance(said, BreachReportNeedsPerson)
    (said,) = there.on(prisoner(), choice(JOHN, "x1"))
    assert isinstance(said, BreachReportRouted)


@pytest.mark.parametrize("details", [{"number": JOHN}, {"date_of_birth": BORN, "believed_prison": "LEI"}])
def test_r29_a_breach_report_is_routed_by_itself_once_the_prisoner_is_known(details: dict[str, str]) -> None:
    there = world()
    there.on(breach(**details))
    (said,) = there.on(prisoner(), prisoner(at=START + HOUR))
    assert isinstance(said, BreachReportRouted)


def test_r29_r42_a_breach_report_with_another_name_is_a_persons_and_said_once() -> None:
    there = world()
    there.on(breach(number=JOHN), prisoner(last_name="Sample"), prisoner(last_name="Sample", at=START + HOUR))
    assert there.of(BreachReportRouted) == []
    assert [event.because for event in there.of(BreachReportNeedsPerson)] == [
        "number_unknown",
        "number_and_name_disagree",
    ]


def test_r11_r29_a_breach_report_about_a_removed_number_goes_where_the_kept_one_is() -> None:
    there = world()
    there.on(breach(number=JOHN), prisoner(OTHER), merged(OTHER, JOHN))
    assert [event.prisoner_number for event in there.of(BreachReportRouted)] == [OTHER]


def test_r29_on_the_way_the_prison_that_was_left_is_alerted_however_late_it_is_known() -> None:
    there = world()
    on_the_way = prisoner(prison_id=None, status="in_transit", at=START + 2 * HOUR)
    there.on(on_the_way, received("MDI", START + HOUR), breach(number=JOHN))
    assert [event.prison_id for event in there.of(BreachReportRouted)] == ["MDI"]
