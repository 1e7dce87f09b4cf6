"""The demo's plan of the day: made up, but as the contract and the real register of prisons have it."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from demo.clients import hmpps
from demo.day import Day, Planner
from demo.journeys import HELD_FOR, receptions
from demo.people import numbers, spelt
from demo.population import active_prisons
from shared.domain.phones import canonical_phone
from shared.domain.prisons import PRISONS
from shared.events.breaches import BreachReport
from shared.events.form import ContactRequest
from shared.events.inbound import PrisonerMoved, PrisonerRecorded, SocialContact

START = datetime.fromisoformat("2026-11-23T08:30:00+00:00")
STYLES = ("plain", "twice", "out_of_order", "late", "stale")


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner("abc123", START)


@pytest.fixture(scope="module")
def day(planner: Planner) -> Day:
    return planner.plan()


def test_the_same_run_has_the_same_day(day: Day) -> None:
    assert Planner("abc123", START).plan().work == day.work


def test_the_prisons_are_the_active_ones_of_the_register_and_each_is_one_estates(day: Day) -> None:
    held = [prison for name in ("estate-1", "estate-2") for prison in day.work[name]["prisons"]]

    assert sorted(held) == sorted(prison.prison_id for prison in PRISONS.values() if prison.active)
    assert {prison.prison_id for prison in active_prisons()} == set(held)


def test_every_prisoner_is_as_the_contract_has_them_and_told_by_one_estate(day: Day, planner: Planner) -> None:
    told = [record for name in ("estate-1", "estate-2") for record in day.work[name]["prisoners"]]

    assert [PrisonerRecorded.model_validate(record) for record in told]
    assert Counter(record["prisoner_number"] for record in told) == Counter(p.number for p in planner.prisoners)


def test_what_has_to_be_accepted_is_as_the_contract_has_it(day: Day) -> None:
    police = [send["value"] for send in day.work["police"]["send"] if _accepted(send)]
    support = [ask["body"] for ask in day.work["victim_support"]["ask"] if _accepted(ask)]

    assert len(police) + len(support) > 300
    for body in (*police, *support):
        ContactRequest.model_validate(body)


def test_contacts_and_breach_reports_are_as_the_contract_has_them(day: Day) -> None:
    for estate in ("estate-1", "estate-2"):
        for item in (*day.work[estate]["contacts"], *day.work[estate]["asks"]):
            SocialContact.model_validate(item["contact"])
    for report in day.work["police"]["breaches"]:
        BreachReport.model_validate(report["value"])


def test_r44_every_spelling_of_a_number_is_the_same_number(planner: Planner) -> None:
    for number, _ in zip(numbers(planner.random), range(300), strict=False):
        assert {canonical_phone(spelt(planner.random, number)) for _ in range(20)} == {number}


@pytest.mark.parametrize("style", STYLES)
def test_r25_a_transfer_ends_in_the_new_prison_in_whatever_way_it_is_told(style: str) -> None:
    events = [event for _, event in hmpps.transferred("A1234BC", "LEI", "MDI", START, style)]
    moves = [PrisonerMoved.model_validate(event) for event in events]
    last = max(moves, key=lambda move: move.occurredAt)

    assert last.additionalInformation.prisonId == "MDI"
    assert last.occurredAt == START + hmpps.ON_THE_ROAD


def test_r37_both_dialects_say_the_same_instant_though_one_leaves_out_the_offset() -> None:
    summer = datetime.fromisoformat("2026-07-01T12:00:00+00:00")
    told = {
        PrisonerMoved.model_validate(hmpps.received(system, "A1234BC", "READMISSION", "LEI", summer)).occurredAt
        for system in (hmpps.SEARCH, hmpps.OFFENDER_EVENTS)
    }
    assert told == {summer}


def test_r38_a_release_by_mistake_is_taken_back_before_it_settles() -> None:
    release, back = (
        PrisonerMoved.model_validate(event) for _, event in hmpps.freed_by_mistake("A1234BC", "LEI", START)
    )
    assert timedelta() < back.occurredAt - release.occurredAt < timedelta(minutes=45)


def test_r10_in_whatever_plan_whoever_is_waited_for_comes_in_after_the_request_is_held() -> None:
    planner = Planner("any", START)
    held = [planner.cases.held("in_transit") for _ in range(14)]
    for run in range(300):
        planner.random.seed(run)
        moments = planner.moments(len(held))
        planner.sent = {case.external_id: datetime.fromisoformat(at) for case, at in zip(held, moments, strict=True)}
        arriving = receptions(planner, held, planner.prisons)
        sent = {case.prisoner.number: planner.sent[case.external_id] for case in held}
        assert len(arriving) == 7
        assert all(datetime.fromisoformat(one["at"]) - sent[one["number"]] >= HELD_FOR for one in arriving)


def test_r10_a_plan_knows_when_what_is_held_was_sent(day: Day) -> None:
    sends = [send for send in day.work["police"]["send"] if send.get("note", {}).get("case", {}).get("then") == "held"]
    sent = {send["value"]["prisoner"]["number"]: datetime.fromisoformat(send["at"]) for send in sends}
    arriving = [
        (datetime.fromisoformat(journey["at"]), sent[journey["number"]])
        for name in ("estate-1", "estate-2")
        for journey in day.work[name]["journeys"]
        if journey["steps"][0]["do"] == "reception"
    ]
    assert arriving
    assert all(at - asked >= HELD_FOR for at, asked in arriving)


def _accepted(item: dict[str, dict[str, dict[str, str]]]) -> bool:
    return item.get("note", {}).get("case", {}).get("outcome") == "accepted"
