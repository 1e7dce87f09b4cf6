"""`upc check`: what would be said of a record, before anybody sends it (R3, R42)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shared.events.conformance import SENT, verdict
from shared.events.envelope import Event
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.clock import WallClock
from tests.contract.test_words import INBOUND
from tests.intake import forms
from upc.__main__ import app
from upc.settings import Trouble

EXAMPLES: list[tuple[type[Event], dict[str, Any]]] = [
    (ContactRequestReceived, forms.request(grounds={"kind": "safeguarding", "rationale": "He rings her every day"})),
    (BreachReportReceived, forms.breach(happened_at="2025-01-01T10:00:00Z")),
    *((model, json.loads(example)) for model, example in INBOUND),
]
PERSONAL = "Zacharias+447700900999"


def check(file: Path, topic: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["check", str(file), "--topic", topic, *more])


def places(value: Any, place: str = "") -> Iterator[str]:
    """Every place in `value` that holds no others."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if not inner:
        yield place
    for name, each in inner or ():
        yield from places(each, f"{place}/{name}")


def put(value: Any, place: str, what: Any) -> Any:
    """`value` with `what` in that place."""
    *parents, last = place.split("/")[1:]
    copy = inner = json.loads(json.dumps(value))
    for name in parents:
        inner = inner[int(name) if isinstance(inner, list) else name]
    inner[int(last) if isinstance(inner, list) else last] = what
    return copy


def test_every_topic_of_the_contract_that_others_write_can_be_checked() -> None:
    assert {name.split(".")[2] for name in SENT} == {
        "contact-requests",
        "breach-reports",
        "prisoner-events",
        "prisoners",
        "social-contacts",
        "prison-decisions",
        "block-acknowledgements",
    }
    assert {model for model, _ in EXAMPLES} == set(SENT.values())


@pytest.mark.parametrize(("model", "example"), EXAMPLES)
def test_what_the_contract_shows_is_right_and_r42_no_fault_repeats_what_is_wrong(
    model: type[Event], example: dict[str, Any]
) -> None:
    now = WallClock().now()
    # the contract's own times may be still to come
    assert [fault for fault in verdict(model, example, now).faults if "future" not in fault.fault] == []
    for place in places(example):
        for wrong in (PERSONAL, {PERSONAL: PERSONAL}, [PERSONAL], 7, f"2026-01-01T{PERSONAL}"):
            for fault in verdict(model, put(example, place, wrong), now).faults:
                assert PERSONAL not in fault.fault + fault.pointer


def test_a_fault_is_at_its_place_also_where_a_value_may_be_of_two_kinds() -> None:
    decision = {
        "excluded_contact_points": ["07700 900123", {"town": "Leeds"}],
        "prisoner_number": "1",
        "decision_id": "d",
    }
    faults = verdict(SENT["upc.inbound.prison-decisions.v1"], decision, WallClock().now()).faults
    assert {fault.pointer: fault.fault for fault in faults} == {
        "/decided_at": "is needed",
        "/excluded_contact_points/1": "should be text",
        "/excluded_contact_points/1/lines": "is needed",
        "/outcome": "is needed",
        "/prison_id": "is needed",
        "/prisoner_number": "should look like ^[A-Z][0-9]{4}[A-Z]{2}$",
    }


def test_each_line_is_judged_by_itself_for_people_and_for_scripts(tmp_path: Path) -> None:
    file = tmp_path / "acknowledgements.jsonl"
    right = {"prisoner_number": "A1234BC", "prison_id": "LEI", "version": 1, "outcome": "implemented"}
    late, early = right | {"at": "2025-01-01T10:00:00Z"}, right | {"at": "2099-01-01T10:00:00Z"}
    lines = [json.dumps(late), "", "{", json.dumps(early), '{"version": 1, "version": 2}']
    file.write_text("\n".join(lines))
    ran = check(file, "upc.inbound.block-acknowledgements.v1", "--json")
    said = {one["record"]: [fault["fault"] for fault in one["faults"]] for one in json.loads(ran.stdout)}
    assert said == {1: [], 3: ["no JSON"], 4: ["says that it happened in the future"], 5: ["a field twice"]}
    assert ran.exit_code == 1
    shown = check(file, "block-acknowledgements")
    assert "4 records, 3 with faults." in shown.stderr
    assert "a field twice" in shown.stdout
    file.write_text(json.dumps([late, late], indent=2))
    assert check(file, "block-acknowledgements").exit_code == 0


def test_what_does_not_name_itself_is_said_to_need_headers(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(forms.least()))
    ran = check(file, "contact-requests")
    assert (ran.exit_code, "1 do not name themselves" in ran.stderr) == (0, True)


def test_a_topic_that_others_do_not_write_and_a_file_that_is_not_there_are_trouble(tmp_path: Path) -> None:
    for file, topic in ((tmp_path, "block-lists"), (tmp_path / "nothing", "prisoners")):
        assert isinstance(check(file, topic).exception, Trouble)
