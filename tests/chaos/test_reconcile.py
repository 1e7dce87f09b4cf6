"""The books of a small run in which all went well; each test plants what must not be missed."""

from collections import Counter
from typing import Any

import pytest

from chaos.books import Ask, Books, Data
from chaos.reconcile import LOST, ORDER, TWICE, WRONG, Facts, findings
from demo.observer import Seen

NUMBER = "A1234BC"
URNS = ("13AA0000126", "13AA0000226")


def seen(event_type: str, event_id: str, topic: str = "upc.blocks.v1", **data: Any) -> Seen:
    return Seen(topic, event_type, ("urn:upc", event_id), repr(data).encode(), 0, {}, data)


def block(key: str, ask: Ask) -> Data:
    return {"block_id": f"b-{key}", "name": ask.person["name"], "phones": ask.person["phones"]}


class Run:
    """Two requests about one prisoner, asked, decided, listed, told."""

    def __init__(self) -> None:
        self.books, self.mails = Books(), Counter[tuple[str, str]]()
        self.books.where[NUMBER] = "LEI"
        self.held: dict[str, Data] = {}
        for key, urn in enumerate(URNS, 1):
            self._one(str(key), urn)

    def listed(self, version: int, **changes: Any) -> None:
        blocks = [block(key, self.books.asks[key]) for key in self.books.asks]
        said: Data = {"prisoner_number": NUMBER, "prison_id": "LEI", "version": version, "blocks": blocks} | changes
        self.books.take(seen("upc.block-list.changed", f"list-{version}-{len(blocks)}", **said))
        self.held[NUMBER] = said

    def found(self) -> Counter[str]:
        return Counter(finding.kind for finding in findings(Facts(self.books, self.held, self.mails)))

    def event(self, event_type: str, key: str, again: str = "", **data: Any) -> None:
        named = {"request_id": f"r-{key}", "prisoner_number": NUMBER} | data
        self.books.take(seen(event_type, f"{event_type}-{key}{again}", **named))

    def _one(self, key: str, urn: str) -> None:
        body = {
            "requester": {"email": f"{key}@requesters.example"},
            "protected_people": [{"name": f"Jane {key}", "phones": [f"+44770090012{key}"]}],
            "cps_urn": urn,
        }
        ask = self.books.asked(Ask(key, "kafka", NUMBER, body, refuse=False, fault="kill", block_ids=[f"b-{key}"]))
        self.books.promised(key, f"r-{key}", f"UPC-{key}")
        self.event("upc.contact-request.submitted", key, request={"external_id": key})
        for what in ("upc.contact-request.routed", "upc.block.authorised"):
            self.event(what, key)
        self.listed(int(key))
        self.event("upc.block.implemented", key)
        notice = {"notice_id": key, "prison_id": "LEI", "name": ask.person["name"], "at": ""}
        told = {"prisoner_number": NUMBER} | notice
        self.books.take(seen("upc.prisoner-notice.issued", f"notice-{key}", **told))
        for step in ("submitted", "being_considered", "decided"):
            self.event("upc.case-file-note.issued", f"{key}-{step}", cps_urn=urn, step=step)
        self.mails.update((ask.email, f"{key}-{number}") for number in range(4))


@pytest.fixture
def run() -> Run:
    return Run()


def test_nothing_is_found_where_all_went_well(run: Run) -> None:
    assert run.found() == {}


def test_a_request_that_was_promised_and_never_came_to_a_prison_is_lost(run: Run) -> None:
    run.books.events["upc.contact-request.routed"].pop()
    assert run.found() == {LOST: 1}


def test_a_block_that_is_not_on_the_list_is_lost(run: Run) -> None:
    run.held[NUMBER]["blocks"].pop()
    assert run.found()[LOST] >= 1


def test_a_request_decided_twice_is_found(run: Run) -> None:
    run.event("upc.block.authorised", "1", again="-again")
    assert run.found() == {TWICE: 1}


def test_the_same_event_again_is_a_copy_and_no_fault(run: Run) -> None:
    run.event("upc.block.authorised", "1")
    assert run.found() == {}
    assert run.books.copies == 1


def test_two_different_lists_under_one_version_are_found(run: Run) -> None:
    run.listed(2, prison_id="MDI")
    assert run.found()[TWICE] == 1


def test_a_version_that_is_left_out_is_lost(run: Run) -> None:
    run.listed(4)
    assert run.found() == {LOST: 1}


def test_an_older_list_that_stands_last_is_out_of_order(run: Run) -> None:
    run.books.lists[NUMBER].append(run.books.lists[NUMBER][0])
    assert run.found() == {ORDER: 1}


def test_a_list_that_first_comes_after_a_newer_one_is_out_of_order(run: Run) -> None:
    run.listed(4)
    run.listed(3)
    assert run.found()[ORDER] == 2


def test_an_event_before_the_one_it_follows_from_is_out_of_order(run: Run) -> None:
    run.books.happened["r-1"].reverse()
    assert run.found() == {ORDER: 2}


def test_r28_a_mail_twice_is_found(run: Run) -> None:
    run.mails["1@requesters.example", "1-0"] += 1
    assert run.found() == {TWICE: 1}


def test_r28_a_mail_that_never_came_is_lost_unless_a_task_says_so(run: Run) -> None:
    del run.mails["1@requesters.example", "1-0"]
    assert run.found() == {LOST: 1}
    run.event("upc.task.raised", "1", kind="check_delivery")
    assert run.found() == {}


def test_r16_a_notice_that_says_more_than_a_name_is_found(run: Run) -> None:
    run.books.events["upc.prisoner-notice.issued"][0].data["reference"] = "UPC-1"
    assert run.found() == {WRONG: 1}


def test_a_good_record_in_the_dead_letters_is_lost_and_so_is_poison_that_is_not_there(run: Run) -> None:
    run.books.poison.add(b"bad")
    assert run.found() == {LOST: 1}
    run.books.take(Seen("upc.intake.dead-letters.v1", "", ("", ""), b"bad", 0, {}, {}))
    assert run.found() == {}
    run.books.take(Seen("upc.intake.dead-letters.v1", "", ("", ""), b"good", 0, {}, {}))
    assert run.found() == {LOST: 1}


def test_a_block_of_somebody_elses_on_the_list_is_found(run: Run) -> None:
    run.held[NUMBER]["blocks"].append({"block_id": "b-9", "name": "Someone", "phones": []})
    assert run.found() == {WRONG: 1}
