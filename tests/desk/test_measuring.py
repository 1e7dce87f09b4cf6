"""What the metrics get to know of what the desk hears, and of its queue."""

from datetime import timedelta

import pytest

from services.desk.domain.breaches import UNALERTED, Breach
from services.desk.domain.todo import UNHELD, Kind
from shared.events import blocks, requests, reviews
from shared.events.inbound import RoutingDecided
from shared.runtime.figures import Figure, Measured
from tests.desk.given import (
    JANE,
    JOHN,
    LEEDS,
    MARY,
    MOORLAND,
    acknowledged,
    block,
    breach_alert,
    breach_report,
    desk,
    entry,
    listed,
    review,
    routed,
    submitted,
)
from tests.desk.scenes import Scene
from tests.desk.staff import Staff
from tests.support.metrics import value
from tests.support.running import HandClock
from tests.support.world import START, World

HOUR = 3600.0


def counted(world: World) -> list[tuple[str, ...]]:
    return [measured.labels for measured in world.measured if measured.figure is Figure.REQUESTS]


def measured(world: World, figure: Figure) -> list[Measured]:
    return [each for each in world.measured if each.figure is figure]


def test_a_request_counts_by_the_way_it_came_and_once_as_routed_in_time() -> None:
    world = desk()
    world.on(submitted(), routed(minutes=60), routed(prison=MOORLAND, minutes=90))
    assert counted(world) == [("submitted", "http"), ("routed", "in_time")]
    assert measured(world, Figure.STAGE_SECONDS) == [Measured(Figure.STAGE_SECONDS, ("routed",), HOUR)]
    (margin,) = measured(world, Figure.MARGIN_SECONDS)
    assert margin == Measured(Figure.MARGIN_SECONDS, ("routing", LEEDS), 31 * HOUR)


def test_what_is_late_is_counted_as_late_with_a_margin_below_zero() -> None:
    world = desk()
    world.on(submitted(), routed(minutes=33 * 60))
    assert ("routed", "late") in counted(world)
    assert measured(world, Figure.MARGIN_SECONDS)[0].value == -HOUR


def test_a_block_counts_when_decided_and_once_as_implemented() -> None:
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised, minutes=60))
    world.on(block(blocks.BlockImplemented, minutes=120), block(blocks.BlockImplemented, minutes=180, version=2))
    assert counted(world)[2:] == [("decided", "authorised"), ("implemented", "in_time")]
    reached = {each.labels[0]: each.value for each in measured(world, Figure.STAGE_SECONDS)}
    assert reached == {"routed": 60.0, "decided": HOUR, "implemented": 2 * HOUR}
    assert measured(world, Figure.MARGIN_SECONDS)[-1].labels == ("implementation", LEEDS)
    assert measured(world, Figure.MARGIN_SECONDS)[-1].value == 54 * HOUR


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        (blocks.BlockRefused, ("decided", "refused")),
        (blocks.BlockMoreAsked, ("decided", "more_asked")),
        (blocks.BlockUnconfirmed, ("unconfirmed", "overdue")),
        (blocks.BlockLifted, ("over", "lifted")),
        (blocks.BlockEnded, ("over", "ended")),
    ],
)
def test_whatever_becomes_of_a_block_is_counted(kind: type[blocks.BlockEvent], labels: tuple[str, str]) -> None:
    world = desk()
    world.on(submitted(), routed(), block(kind))
    assert counted(world)[-1] == labels


def test_a_prison_that_nobody_knows_is_no_label() -> None:
    """Prison ids come from outside: as many labels as somebody can make up would fill the monitoring."""
    world = desk()
    world.on(submitted(), routed(prison="QQQ"))
    assert measured(world, Figure.MARGIN_SECONDS)[0].labels == ("routing", "other")


def test_held_and_asked_about_are_counted_with_why() -> None:
    world = desk()
    about = {"request_id": "r1", "reference": "UPC-7KQ-M2X-WDHC"}
    held = requests.ContactRequestHeld(**about, prisoner_number=None, because="not_in_custody", held_at=START)
    asked = {"because": "no_match", "prisoner": {"name": "John Example"}, "deadline": START, "at": START}
    world.on(held, requests.ContactRequestNeedsPerson.model_validate(about | asked))
    assert counted(world) == [("held", "not_in_custody"), ("needs_person", "no_match")]


def test_a_review_is_measured_against_its_deadline() -> None:
    world = desk()
    world.on(submitted(), routed(), review(reviews.ReviewOpened), review(reviews.ReviewDecided, outcome="keep"))
    assert counted(world)[-1][0] == "reviewed"
    assert measured(world, Figure.MARGIN_SECONDS)[-1].labels[0] == "review"


def test_an_alert_is_measured_from_the_report() -> None:
    world = desk()
    world.on(breach_report(), breach_alert())
    (alerted,) = measured(world, Figure.ALERT_SECONDS)
    assert alerted.value >= 0


def test_a_report_about_nobody_that_a_person_knows_of_waits_for_no_alert_until_somebody_says_who_it_is() -> None:
    """R9, R29: else the alert about those that no prison has fires for as long as the report is kept, and hides the next."""
    world = desk()
    world.on(breach_report())
    assert unalerted(world)
    world.on(RoutingDecided(decision_id="nobody", request_id="b1", decided_at=START))
    assert not unalerted(world)
    world.on(RoutingDecided(decision_id="john", request_id="b1", prisoner_number=JOHN, decided_at=START))
    assert unalerted(world)
    world.on(breach_alert())
    assert not unalerted(world)


def unalerted(world: World) -> bool:
    report = world.know(Breach, "b1")
    assert report
    return UNALERTED in report.lookups()


async def test_the_queue_is_seen_by_deadline_and_what_no_prison_holds_too(staff: Staff, desk_clock: HandClock) -> None:
    http, soon = staff.desk.http, desk_clock.now() + timedelta(minutes=30)

    async def seen() -> dict[str, float]:
        queue = {f"{kind} {by}": await value(http, "upc_to_do", kind=kind, by=by) for kind, by in LOOKED_AT}
        gauges = {name: await value(http, f"upc_{name}") for name in ("lists_unheld", "breach_alerts_undelivered")}
        return queue | gauges

    desk_clock.forward(timedelta(seconds=61))  # what other tests have reported is late by then, too
    before = await seen()
    near, late, reported = Scene("M1001SR"), Scene("M1002SR"), Scene("M1003SR")
    await staff.hear(*near.undecided()[:2], near.routed(deadline=soon))
    await staff.hear(*late.authorised())
    desk_clock.forward(timedelta(seconds=61))
    await staff.hear(breach_report(reported.breach_id, submitted_at=desk_clock.now() - timedelta(seconds=61)))
    added = {name: after - before[name] for name, after in (await seen()).items()}
    assert added == {
        "decide all": 1,
        "decide within_hour": 1,
        "decide late": 0,
        "acknowledge all": 1,
        "lists_unheld": 0,
        "breach_alerts_undelivered": 1,
    }
    assert await value(http, "upc_to_do_known_seconds") > 0


LOOKED_AT = [("decide", "all"), ("decide", "within_hour"), ("decide", "late"), ("acknowledge", "all")]


def test_a_list_is_held_by_nobody_until_some_prison_has_confirmed_it_or_keeps_it_meanwhile() -> None:
    """R40: at a transfer the old prison holds it until the new one does."""
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1))
    assert unheld(world)
    world.on(listed(2, prison=MOORLAND, also_held_by=(LEEDS,)))
    assert not unheld(world)
    world.on(listed(3, prison=MOORLAND))
    assert unheld(world)
    changed = JANE | {"phones": ["+447700900999"]}
    world.on(acknowledged(3, MOORLAND), listed(4, prison=MOORLAND, people=(changed,)))
    assert not unheld(world), "what was confirmed of it is held; what is new waits"


def test_a_block_that_joins_a_list_which_was_confirmed_is_held_by_nobody_until_it_is_confirmed_too() -> None:
    """R13: each block protects somebody else."""
    world = desk()
    world.on(submitted(), routed(), block(blocks.BlockAuthorised), listed(1), acknowledged(1))
    world.on(listed(2, people=(JANE, MARY)))
    assert unheld(world)
    world.on(acknowledged(2), listed(3, people=(JANE, MARY | {"phones": ["+447700900999"]})))
    assert not unheld(world)


def unheld(world: World) -> bool:
    todo = entry(world, Kind.ACKNOWLEDGE, JOHN)
    assert todo
    return UNHELD in todo.lookups()
