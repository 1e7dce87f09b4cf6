"""The comparison at the end of the demo has to notice what is missing, what is there twice, and what should not be."""

from pathlib import Path
from typing import Any

import pytest

from demo.clients.clock import Clock
from demo.observer import Mail, Observer, Seen
from demo.reconcile import Facts, Line, asking, deciding, letters, lists, telling
from demo.reconcile.times import due
from shared.domain.working_days import deadline, parse_time

RUN, NUMBER = "run1", "A1234BC"
CLOCK = {"CLOCK_START": "2026-11-23T08:30:00+00:00", "CLOCK_EPOCH": "0", "CLOCK_SPEED": "1"}
PERSON = {"name": "Jane Example", "points": ["+447700900123"], "verdict": "authorise", "left_out": []}
CASE = {
    "external_id": "POL-run1-1",
    "outcome": "accepted",
    "then": "routed",
    "prisoner_number": NUMBER,
    "prison_id": "LEI",
    "consent": "given",
    "order": False,
    "cps_urn": None,
    "email": "pol@requesters.example",
    "requester": "Alex Officer",
    "ask_first": False,
    "people": [PERSON],
}
AT = {"at": "2026-11-23T09:00:00+00:00", "real_ms": 1}
DECISION = {"prisoner_number": NUMBER, "prison_id": "LEI", "request_id": "r1", "outcome": "authorise"}
JUDGED = {"request_id": "r1", "block_id": "b1", "name": "Jane Example", "verdict": "authorise", "left_out": []}
NOTICE = {"notice_id": "n1", "prisoner_number": NUMBER, "prison_id": "LEI", "name": "Jane Example", "at": AT["at"]}


@pytest.fixture
def observer() -> Observer:
    """What is seen of one request that was asked, routed and authorised, all as it should be."""
    observer = Observer({}, {"police": Path("police"), "estate-1": Path("estate")}, Path("mails"), Clock(CLOCK))
    observer.ledgers["police"] = [
        {"did": "sent", "place": "t/0/1", "topic": "t", "case": CASE, **AT},
        {"what": "reply", "external_id": "POL-run1-1", "outcome": "accepted", "request_id": "r1", "reference": "UPC-1"},
    ]
    observer.ledgers["estate-1"] = [{"did": "sent", "place": "t/0/2", "decision": DECISION, "people": [JUDGED], **AT}]
    see(observer, "upc.contact-request.submitted", request_id="r1", request={"external_id": "POL-run1-1"})
    see(observer, "upc.contact-request.routed", request_id="r1", prison_id="LEI")
    see(observer, "upc.block.authorised", request_id="r1", block_id="b1")
    return observer


def see(observer: Observer, event_type: str, **data: Any) -> None:
    observer.records[event_type].append(Seen("upc.any.v1", event_type, ("s", "i"), b"", 5, {}, data))


def line(check: Any, observer: Observer) -> Line:
    compared: Line = check(Facts(observer, RUN, {NUMBER}))
    return compared


def test_what_agrees_is_said_to_agree(observer: Observer) -> None:
    for check in (asking.taken_in, asking.routed, deciding.authorised):
        assert line(check, observer) == Line(line(check, observer).what, 1, 1)


def test_r5_a_request_taken_in_twice_is_noticed(observer: Observer) -> None:
    see(observer, "upc.contact-request.submitted", request_id="r2", request={"external_id": "POL-run1-1"})

    assert line(asking.taken_in, observer).wrong == ("too many: POL-run1-1",)


def test_a_request_that_got_lost_is_noticed(observer: Observer) -> None:
    observer.records["upc.contact-request.routed"].clear()

    assert line(asking.routed, observer).wrong == ("missing: POL-run1-1 LEI",)


def test_r5_two_references_for_one_request_are_noticed(observer: Observer) -> None:
    again = {
        "what": "reply",
        "external_id": "POL-run1-1",
        "outcome": "accepted",
        "request_id": "r1",
        "reference": "UPC-2",
    }
    observer.ledgers["police"].append(again)

    assert line(asking.taken_in, observer).wrong == ("POL-run1-1 has several references",)


def test_r41_a_status_that_names_the_prison_before_its_yes_is_noticed(observer: Observer) -> None:
    body: dict[str, Any] = {"prison": {"prison_id": None}, "what_has_happened": [{"what": "routed"}]}
    observer.ledgers["police"].append({"did": "looked up", "reference": "UPC-1", "status": 200, "body": body})
    assert not line(asking.looked_up, observer).wrong

    observer.ledgers["police"][-1]["body"] = body | {"prison": {"prison_id": "LEI"}}
    assert line(asking.looked_up, observer).wrong == ("UPC-1: the prison is there too early",)


def test_a_block_authorised_twice_is_noticed(observer: Observer) -> None:
    see(observer, "upc.block.authorised", request_id="r1", block_id="b1")

    assert line(deciding.authorised, observer).wrong == ("too many: b1",)


@pytest.mark.parametrize("phones", [["+447700900123", "+447700900999"], []])
def test_r20_an_estate_that_holds_other_numbers_than_it_should_is_noticed(
    observer: Observer, phones: list[str]
) -> None:
    block = {"block_id": "b1", "phones": phones, "emails": [], "addresses": []}
    held = {"prison_id": "LEI", "merged_into": None, "blocks": [block]}
    observer.ledgers["estate-1"].append({"did": "took stock", "prisons": ["LEI"], "lists": {NUMBER: held}})
    assert len(line(lists.held_by_estates, observer).wrong) == 2

    block["phones"] = ["+447700900123"]
    assert not line(lists.held_by_estates, observer).wrong


def test_r40_a_list_that_leaves_its_prison_with_nobody_holding_it_is_noticed(observer: Observer) -> None:
    for version, prison in ((1, "LEI"), (2, "MDI")):
        see(
            observer,
            lists.CHANGED,
            prisoner_number=NUMBER,
            version=version,
            prison_id=prison,
            also_held_by=[],
            blocks=[1],
        )

    assert line(lists.never_without_a_prison, observer).wrong


@pytest.mark.parametrize(
    "more", [{"reference": "UPC-1"}, {"name": "Jane Example, as asked by Alex Officer"}, {"name": "Jane +447700900123"}]
)
def test_r16_a_notice_that_says_more_than_a_name_is_noticed(observer: Observer, more: dict[str, str]) -> None:
    see(observer, "upc.prisoner-notice.issued", **NOTICE)
    assert not line(telling.notices, observer).wrong

    observer.records["upc.prisoner-notice.issued"].clear()
    see(observer, "upc.prisoner-notice.issued", **NOTICE | more)
    assert line(telling.notices, observer).wrong


def test_r28_a_mail_too_many_or_too_few_is_noticed(observer: Observer) -> None:
    steps = [Mail("pol@requesters.example", f"<{step}>", "") for step in range(4)]
    observer.mails[:] = steps
    assert not line(telling.mails, observer).wrong

    observer.mails[:] = steps[:3]
    assert line(telling.mails, observer).wrong == ("POL-run1-1: 3 e-mails for 4 steps",)

    observer.mails[:] = [*steps[:3], steps[0]]
    assert line(telling.mails, observer).wrong == ("too many: <0>",)


def test_a_dead_letter_of_something_good_and_one_that_is_missing_are_noticed(observer: Observer) -> None:
    topic, raw = "upc.inbound.contact-requests.v1", "not JSON"
    observer.ledgers["police"].append({"did": "sent", "topic": topic, "place": f"{topic}/0/9", "poison": raw})
    assert len(line(letters.dead_letters, observer).wrong) == 1

    bad = {"dead-letter-from": f"{topic}/0/9"}
    observer.dead.append(Seen("upc.intake.dead-letters.v1", "", ("", ""), raw.encode(), 5, bad, {}))
    assert not line(letters.dead_letters, observer).wrong

    good = {"dead-letter-from": "t/0/1"}
    observer.dead.append(Seen("upc.routing.dead-letters.v1", "", ("", ""), b"{}", 5, good, {}))
    assert len(line(letters.dead_letters, observer).wrong) == 1


@pytest.mark.parametrize(
    "since", ["2026-11-23T10:00:00Z", "2026-11-27T17:00:00Z", "2026-11-27T17:00:01Z", "2026-11-28T09:00:00Z"]
)
@pytest.mark.parametrize("days", [1, 2])
def test_r8_r13_the_deadlines_worked_out_here_are_the_rules(since: str, days: int) -> None:
    assert due(parse_time(since), days) == deadline(parse_time(since), days)
