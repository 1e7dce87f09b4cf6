"""The desk's own view, from what it hears: whose a case is, what is to do, and by when."""

from datetime import timedelta

import pytest

from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case, Standing
from services.desk.domain.holding import Holding
from services.desk.domain.reviews import Closed, Review
from services.desk.domain.tally import ALL, Count, Tally, tally_id, week_of
from services.desk.domain.todo import SENT, Kind
from shared.events import blocks, breaches, reviews
from shared.events.envelope import Event
from shared.events.requests import block_id
from tests.desk.given import (
    JANE,
    JOHN,
    LEEDS,
    MARY,
    MOORLAND,
    acknowledged,
    block,
    breach_alert,
    decision,
    desk,
    entry,
    handover,
    in_force,
    listed,
    needs_person,
    review,
    routed,
    submitted,
    task,
)
from tests.support.world import START, World


def case(world: World, request: str = "r1") -> Case:
    known = world.know(Case, request)
    assert known
    return known


def test_a_routed_request_is_to_be_decided_at_its_prison_by_its_own_deadline_r8_r12() -> None:
    world = desk()
    world.on(submitted(), routed())
    todo = entry(world, Kind.DECIDE, "r1")
    assert todo
    assert (todo.prison_id, todo.deadline, todo.people) == (LEEDS, START + timedelta(hours=32), ("Jane Example",))


def test_the_order_in_which_topics_are_read_changes_nothing() -> None:
    requests, decided, lists = [submitted(), routed()], [block(blocks.BlockAuthorised)], [listed(1), listed(2)]
    forward, backward = desk(), desk()
    forward.on(*requests, *decided, *lists)
    backward.on(*lists, *decided, *requests)
    known, other = case(forward), case(backward)
    assert known.but(history=(), place=None) == other.but(history=(), place=None)
    assert known.prison_id == other.prison_id == LEEDS
    assert [line.type for line in known.history] == [line.type for line in other.history]


@pytest.mark.parametrize(
    ("what", "standing"),
    [
        (blocks.BlockRefused, Standing.REFUSED),
        (blocks.BlockAuthorised, Standing.AUTHORISED),
        (blocks.BlockLifted, Standing.LIFTED),
        (blocks.BlockEnded, Standing.ENDED),
    ],
)
def test_what_is_decided_leaves_the_queue(what: type[blocks.BlockEvent], standing: Standing) -> None:
    world = desk()
    world.on(submitted(), routed(), block(what))
    assert case(world).person(block_id("r1", 0)).standing is standing
    assert entry(world, Kind.DECIDE, "r1") is None


def test_a_request_about_two_people_waits_until_both_are_decided_r12() -> None:
    world, people = desk(), (JANE, MARY)
    world.on(submitted(people=people), routed(people=people), block(blocks.BlockAuthorised))
    assert entry(world, Kind.DECIDE, "r1")
    world.on(block(blocks.BlockRefused, place=1))
    assert entry(world, Kind.DECIDE, "r1") is None


def test_one_that_was_asked_more_about_stays_in_the_queue_and_says_so() -> None:
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockMoreAsked))
    todo = entry(world, Kind.DECIDE, "r1")
    assert todo
    assert todo.note == "more_asked"


def test_a_decision_made_elsewhere_stays_in_the_queue_until_something_follows_from_it() -> None:
    world = desk()
    world.on(submitted(), routed(), decision("authorise"))
    todo = entry(world, Kind.DECIDE, "r1")
    assert todo
    assert todo.note == SENT
    assert [(made.by, made.outcome) for made in case(world).decisions] == [("The estate", "authorise")]


def test_an_authorised_block_waits_for_the_prisons_word_within_two_working_days_r13() -> None:
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1))
    todo = entry(world, Kind.ACKNOWLEDGE, JOHN)
    assert todo
    assert todo.deadline == START.replace(day=25, hour=17)
    world.on(acknowledged(1))
    assert entry(world, Kind.ACKNOWLEDGE, JOHN) is None


def test_a_list_that_says_the_same_again_needs_no_new_word() -> None:
    world = in_force()
    world.on(listed(2))
    assert entry(world, Kind.ACKNOWLEDGE, JOHN) is None


def test_a_new_number_on_the_list_needs_a_new_word_r30() -> None:
    world = in_force()
    world.on(listed(2, people=(JANE | {"phones": ["+447700900123", "+447700900999"]},)))
    assert entry(world, Kind.ACKNOWLEDGE, JOHN)


def test_an_answer_to_a_list_that_is_heard_of_later_counts_when_it_is_r13() -> None:
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), acknowledged(1), acknowledged(9), listed(1))
    assert entry(world, Kind.ACKNOWLEDGE, JOHN) is None
    world.on(listed(2, people=(JANE, MARY)))
    assert entry(world, Kind.ACKNOWLEDGE, JOHN), "nobody can confirm what there is not yet"


def test_an_older_list_that_comes_late_changes_nothing() -> None:
    world = in_force()
    world.on(listed(3, people=(JANE, MARY)), listed(2, people=()))
    held = world.know(Holding, JOHN)
    assert held
    assert (held.version, len(held.blocks)) == (3, 2)


def test_a_word_of_another_prison_confirms_nothing_r40() -> None:
    world = in_force()
    world.on(listed(2, prison=MOORLAND), acknowledged(2, prison=LEEDS))
    todo = entry(world, Kind.ACKNOWLEDGE, JOHN)
    assert todo
    assert todo.prison_id == MOORLAND


def test_a_failed_list_stays_in_the_queue_and_says_so_r13() -> None:
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1), acknowledged(1, outcome="failed"))
    todo = entry(world, Kind.ACKNOWLEDGE, JOHN)
    assert todo
    assert todo.note == "failed"


def test_a_transfer_moves_the_case_the_breach_and_leaves_the_review_behind_r20() -> None:
    world = in_force()
    world.on(breach_alert(), review(reviews.ReviewOpened))
    world.on(listed(2, prison=MOORLAND, minutes=60))
    todo = entry(world, Kind.BREACH, "b1")
    assert case(world).prison_id == MOORLAND
    assert f"at:{MOORLAND}" in case(world).lookups()
    assert todo
    assert todo.prison_id == MOORLAND
    assert entry(world, Kind.REVIEW, f"v-{LEEDS}") is None


def test_an_undecided_request_goes_with_the_prisoner_r20() -> None:
    world = desk()
    world.on(submitted(), routed(), routed(prison=MOORLAND, minutes=60))
    todo = entry(world, Kind.DECIDE, "r1")
    assert todo
    assert todo.prison_id == MOORLAND


def test_news_from_before_a_transfer_does_not_bring_the_case_back_r25() -> None:
    world = in_force()
    world.on(listed(2, prison=MOORLAND, minutes=60), routed("r2", prison=LEEDS, minutes=30))
    assert case(world, "r2").prison_id == MOORLAND


def test_a_review_is_to_be_decided_until_it_is_heard_to_be_r22() -> None:
    world = in_force()
    world.on(review(reviews.ReviewOpened))
    todo = entry(world, Kind.REVIEW, f"v-{LEEDS}")
    assert todo
    assert (todo.deadline, todo.people) == (START + timedelta(days=7), ("Jane Example",))
    world.on(review(reviews.ReviewDecided, outcome="keep"))
    assert entry(world, Kind.REVIEW, f"v-{LEEDS}") is None
    known = world.know(Review, f"v-{LEEDS}")
    assert known
    assert known.outcome == "keep"


GONE = [
    (block(blocks.BlockLifted, minutes=60), Closed.BLOCK_GONE),
    (block(blocks.BlockEnded, minutes=60), Closed.BLOCK_GONE),
    (handover(), Closed.RELEASED),
]


@pytest.mark.parametrize(("what", "why"), GONE)
@pytest.mark.parametrize("late", [False, True])
def test_a_review_with_nothing_left_to_decide_leaves_the_queue_whichever_is_heard_first_r22_r23(
    what: Event, why: Closed, late: bool
) -> None:
    world, news = in_force(), [review(reviews.ReviewOpened), what]
    world.on(*(reversed(news) if late else news))
    known = world.know(Review, f"v-{LEEDS}")
    assert entry(world, Kind.REVIEW, f"v-{LEEDS}") is None
    assert known
    assert known.closed is why


def test_another_persons_review_and_one_since_the_return_stay_in_the_queue_r23() -> None:
    world = in_force()
    world.on(review(reviews.ReviewOpened, review_id="hers", block_id=block_id("r1", 1)), block(blocks.BlockLifted))
    assert entry(world, Kind.REVIEW, "hers")
    world.on(review(reviews.ReviewOpened, minutes=90, review_id="again", block_id=block_id("r1", 1)), handover())
    assert entry(world, Kind.REVIEW, "hers") is None
    assert entry(world, Kind.REVIEW, "again")


def test_a_review_that_ended_its_block_is_decided_though_the_end_is_heard_of_first_r22() -> None:
    world = in_force()
    world.on(review(reviews.ReviewOpened), block(blocks.BlockEnded), review(reviews.ReviewDecided, outcome="end"))
    known = world.know(Review, f"v-{LEEDS}")
    assert known
    assert known.outcome == "end"


def test_a_review_heard_of_moves_the_case_to_its_prison() -> None:
    world = in_force()
    world.on(review(reviews.ReviewOpened, prison=MOORLAND, minutes=90))
    assert case(world).prison_id == MOORLAND
    assert entry(world, Kind.REVIEW, f"v-{MOORLAND}")


def test_a_breach_is_due_at_once_until_acted_on_and_its_new_number_decided_r29_r30() -> None:
    world = in_force()
    world.on(breach_alert())
    todo = entry(world, Kind.BREACH, "b1")
    assert todo
    assert todo.deadline == START + timedelta(minutes=30)
    about: dict[str, object] = {"request_id": None, "breach_id": "b1"}
    world.on(decision("record_action", action="cell_search", **about))
    assert entry(world, Kind.BREACH, "b1")
    world.on(decision("authorise", decision_id="estate-2", **about))
    assert entry(world, Kind.BREACH, "b1") is None


def test_who_reported_a_breach_is_not_kept_once_a_prison_has_it_r29() -> None:
    world = desk()
    report = {"channel": "phone", "what_happened": "He rang", "reporter": {"name": "Nosy Neighbour"}}
    about = {"breach_id": "b1", "breach_reference": "UPC-BRE-ACH-2222", "submitted_at": START, "report": report}
    world.on(breaches.BreachReportSubmitted.model_validate(about | {"channel": "web"}))
    known = world.know(Breach, "b1")
    assert known
    assert known.report
    world.on(breach_alert())
    known = world.know(Breach, "b1")
    assert known
    assert "Nosy" not in known.model_dump_json()


def test_a_report_without_a_sure_prisoner_is_the_operators_at_once_r29() -> None:
    world = desk()
    report = {"channel": "phone", "what_happened": "He rang", "prisoner": {"name": "J Example"}}
    about = {"breach_id": "b1", "breach_reference": "UPC-BRE-ACH-2222"}
    world.on(
        breaches.BreachReportSubmitted.model_validate(
            about | {"submitted_at": START, "report": report, "channel": "web"}
        ),
        breaches.BreachReportNeedsPerson.model_validate(about | {"because": "no_match", "at": START}),
    )
    todo = entry(world, Kind.FIND_BREACH, "b1")
    assert todo
    assert "operators" in todo.lookups()
    world.on(breach_alert())
    assert entry(world, Kind.FIND_BREACH, "b1") is None


def test_a_request_that_needs_a_person_is_the_operators_with_its_clock_running_r9() -> None:
    world = desk()
    world.on(submitted(), needs_person("several_matches", "A1234BC", "A1234BD"), needs_person("deadline_near"))
    todo, wanted = entry(world, Kind.FIND, "r1"), case(world).wanted
    assert todo
    assert (todo.deadline, todo.note) == (START + timedelta(hours=32), "deadline_near")
    assert wanted
    assert len(wanted.candidates) == 2
    world.on(routed())
    assert entry(world, Kind.FIND, "r1") is None


def test_a_task_is_the_operators_r26() -> None:
    world = desk()
    world.on(submitted(), task())
    assert entry(world, Kind.TASK, "t1")


def counted(world: World, place: str, what: Count) -> int:
    tally = world.know(Tally, tally_id(place, week_of(START)))
    return tally.counts.get(what, 0) if tally else 0


def test_deadlines_kept_are_counted_once_for_the_prison_and_the_country_r8_r13() -> None:
    world = in_force()
    world.on(block(blocks.BlockImplemented, minutes=90), breach_alert())
    for place in (LEEDS, ALL):
        assert counted(world, place, Count.ROUTED_IN_TIME) == 1
        assert counted(world, place, Count.IMPLEMENTED_IN_TIME) == 1
        assert counted(world, place, Count.BREACHES) == 1
    assert counted(world, ALL, Count.REQUESTS) == 1


def test_a_deadline_missed_counts_as_late() -> None:
    world = desk()
    world.on(submitted(), routed(minutes=60 * 40), block(blocks.BlockAuthorised))
    world.on(block(blocks.BlockImplemented, minutes=60 * 60))
    assert counted(world, LEEDS, Count.ROUTED_LATE) == 1
    assert counted(world, LEEDS, Count.IMPLEMENTED_LATE) == 1
