"""Two instances of intake beside each other decide as one (R5)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid1

import httpx
import pytest

from services.intake.app import make
from shared.events import topics
from shared.runtime.settings import Settings
from tests.intake import forms
from tests.intake.test_boundary import API, IN, REPLIES, REQUESTS, submitted
from tests.support.outside import Outside
from tests.support.running import HandClock, running


@pytest.fixture
async def doors(
    http: httpx.AsyncClient, settings: Settings, clock: HandClock, police: httpx.Auth
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Six calls' worth of doors, of two instances in turn."""
    async with running(make, settings, clock, police) as beside:
        yield [http, beside.http] * 3


async def all_at_once(doors: list[httpx.AsyncClient], path: str, bodies: list[Any]) -> list[Any]:
    answers = await asyncio.gather(*(door.post(path, json=body) for door, body in zip(doors, bodies, strict=True)))
    assert {answer.status_code for answer in answers} == {202}
    return [answer.json() for answer in answers]


@pytest.mark.parametrize("_time", range(5))
async def test_r5_the_same_submission_at_once_by_both_and_by_kafka_is_one_request(
    doors: list[httpx.AsyncClient], party: Outside, _time: int
) -> None:
    body = forms.request()
    receipts, *_ = await asyncio.gather(
        all_at_once(doors, API, [body] * 6), *(party.send(IN, body, key=str(place)) for place in range(3))
    )
    replies = await party.wait(REPLIES, lambda reply: reply.key == body["external_id"], count=3)
    (reference,) = {receipt["reference"] for receipt in receipts} | {reply.data["reference"] for reply in replies}
    await submitted(party, reference=reference)
    events = await party.by_now(REQUESTS, lambda event: reference in event.value.decode())
    assert len({event.id for event in events}) == 1


async def test_r5_the_same_breach_report_at_once_is_one(doors: list[httpx.AsyncClient], party: Outside) -> None:
    (reference,) = {
        receipt["reference"] for receipt in await all_at_once(doors, "/api/v1/breach-reports", [forms.breach()] * 6)
    }
    await party.one(topics.BREACH_REPORTS.name, breach_reference=reference)


async def test_r5_different_requests_at_once_about_the_same_two_people_are_all_linked(
    doors: list[httpx.AsyncClient], party: Outside
) -> None:
    body = forms.request()
    receipts = await all_at_once(doors, API, [body | {"external_id": uuid1().hex} for _ in doors])
    events = [await submitted(party, request_id=receipt["request_id"]) for receipt in receipts]
    assert sorted(len(event["linked_requests"]) for event in events) == [0, 1, 2, 3, 4, 5]
