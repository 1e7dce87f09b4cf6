"""An agency that begins with `connect/agency.py` asks, is told every fault, and is counted once however often it tries."""

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.intake.app import make
from shared.events.check import check_request
from shared.runtime.clock import WallClock
from shared.runtime.settings import Settings
from tests.connect.kit import CONNECT, Kit, ended, says
from tests.support.outside import Outside
from tests.support.running import Running, running

# A client of aiokafka's that is closed while it connects may leave that connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

REQUESTS = "upc.contact-requests.v1"
REQUEST: dict[str, Any] = json.loads((CONNECT / "request.json").read_text())
SAID = str(CONNECT / "request.json")


@pytest.fixture(scope="module")
async def early(kit: Kit) -> AsyncIterator[Process]:
    """Who asked before intake was there."""
    async with kit.started("agency.py", "http", SAID) as process:
        await says(process.stderr, "not now")
        yield process


@pytest.fixture(scope="module")
async def intake(early: Process, settings: Callable[[str], Settings], port: int) -> AsyncIterator[Running]:
    async with running(make, settings("intake"), port=port) as service:
        yield service


@pytest.mark.usefixtures("intake")
async def test_r5_what_was_asked_while_intake_was_away_is_one_request_by_whichever_way_it_is_asked_again(
    kit: Kit, early: Process, observer: Outside
) -> None:
    asked = await ended(early)
    assert asked.code == 0, asked
    again = await kit.run("agency.py", "kafka", SAID)
    assert (again.code, again.out) == (0, asked.out)
    reference = asked.out.split()[-1]
    stands = await kit.run("agency.py", "status", reference)
    assert json.loads(stands.out)["status"] == "submitted"
    submitted = await observer.by_now(REQUESTS, lambda record: record.type == "upc.contact-request.submitted")
    assert [record.data["reference"] for record in submitted] == [reference]


@pytest.mark.usefixtures("intake")
async def test_r3_r42_every_fault_is_shown_by_both_ways_as_the_check_says_and_what_is_put_right_is_taken_in(
    kit: Kit, tmp_path: Path
) -> None:
    right, wrong = tmp_path / "right.json", tmp_path / "wrong.json"
    request = REQUEST | {"external_id": "WYP-2026-001235"}
    faulty = request | {"grounds": {"kind": "bail_condition", "rationale": "Why"}, "protected_people": [{"name": "Jo"}]}
    faulty["prisoner"] = {"name": "John Example", "number": "not-one-of-ours"}
    right.write_text(json.dumps(request))
    wrong.write_text(json.dumps(faulty))
    over_http, over_kafka = await asyncio.gather(*(kit.run("agency.py", way, str(wrong)) for way in ("http", "kafka")))
    assert (over_http.code, over_kafka.code) == (1, 1)
    _, faults = check_request(faulty, WallClock().now())
    assert over_http.out == over_kafka.out == "".join(f"{fault.pointer}: {fault.fault}\n" for fault in faults)
    assert {fault.pointer for fault in faults} >= {"/grounds/court", "/prisoner/number", "/protected_people/0"}
    assert "not-one-of-ours" not in over_http.out
    assert (await kit.run("agency.py", "kafka", str(right))).code == 0
