"""What nobody can understand is answered or set aside, and the next good submission goes through."""

import json
from typing import Any
from uuid import uuid1

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from shared.events import topics
from tests.intake import forms
from tests.intake.test_boundary import API, BREACHES_IN, IN, REPLIES
from tests.support.outside import Outside

DEAD = topics.dead_letters("intake").name
BAD: list[bytes] = [b"\xff\xfe", b"[]", b"null", b'"text"', b"{", b"[" * 100_000, b"{}"]


async def test_bad_bytes_are_set_aside_or_answered_and_the_next_request_goes_through(
    http: httpx.AsyncClient, party: Outside
) -> None:
    key, good = uuid1().hex, forms.request()
    for value in BAD:
        await party.send(IN, value, key=key, headers=False)
    await party.send(IN, good, key=key)
    await party.one(REPLIES, external_id=good["external_id"])
    letters = await party.wait(DEAD, lambda record: record.key == key, count=len(BAD))
    assert [letter.value for letter in letters] == BAD


@pytest.mark.parametrize("body", [*BAD[:6], b"1e999", b'{"a":' * 50_000])
async def test_a_body_that_is_no_form_is_a_problem(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(API, content=body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_largest_record_that_kafka_takes_is_set_aside_and_the_next_request_goes_through(
    http: httpx.AsyncClient, party: Outside
) -> None:
    key, good = uuid1().hex, forms.request()
    largest = b"x" * 1_048_200
    await party.send(IN, largest, key=key)
    await party.send(IN, good, key=key)
    await party.one(REPLIES, external_id=good["external_id"])
    (letter,) = await party.wait(DEAD, lambda record: record.key == key)
    assert letter.value == largest


async def test_a_name_that_is_too_long_to_be_repeated_stops_nobody(http: httpx.AsyncClient, party: Outside) -> None:
    key, good, endless = uuid1().hex, forms.request(), "x" * 400_000
    event_id = await party.send(IN, forms.request(external_id=endless), key=key)
    await party.send(IN, forms.request(external_id=endless), key=key, headers=False)
    await party.send(IN, forms.request(), key=key, event_id=endless)
    await party.send(IN, good, key=key)
    await party.one(REPLIES, external_id=good["external_id"])
    told = (await party.one(REPLIES, external_id=event_id)).data
    assert "/external_id" in [fault["pointer"] for fault in told["faults"]]
    assert len(await party.wait(DEAD, lambda record: record.key == key, count=2)) == 2


async def test_what_is_large_only_once_unpacked_is_refused_to_its_sender(
    http: httpx.AsyncClient, party: Outside, kafka: str
) -> None:
    packing = AIOKafkaProducer(bootstrap_servers=kafka, compression_type="gzip", max_request_size=30_000_000)
    await packing.start()
    try:
        with pytest.raises(MessageSizeTooLargeError):
            await packing.send_and_wait(IN, b" " * 10_000_000)
        good = forms.request()
        await packing.send_and_wait(IN, json.dumps(good).encode())
    finally:
        await packing.stop()
    await party.one(REPLIES, external_id=good["external_id"])


async def test_a_form_that_is_too_large_to_be_passed_on_is_a_fault_and_not_our_failure(
    http: httpx.AsyncClient, party: Outside
) -> None:
    address = {"lines": ["x" * 200] * 10}
    body = forms.request(protected_people=[{"name": f"J{i}", "addresses": [address] * 50} for i in range(9)])
    answer = await http.post(API, json=body)
    assert answer.status_code == 422
    await party.send(IN, body)
    reply = (await party.one(REPLIES, external_id=body["external_id"])).data
    assert reply["faults"] == answer.json()["faults"]


async def test_bad_breach_reports_are_answered_or_set_aside_and_the_next_one_goes_through(
    http: httpx.AsyncClient, party: Outside
) -> None:
    key, future, good = uuid1().hex, forms.breach(happened_at="2999-01-01T00:00:00Z"), forms.breach()
    for value in BAD:
        await party.send(BREACHES_IN, value, key=key, headers=False)
    await party.send(BREACHES_IN, future, key=key)
    await party.send(BREACHES_IN, good, key=key)
    assert (await party.one(REPLIES, external_id=good["external_id"])).data["outcome"] == "accepted"
    reply = (await party.one(REPLIES, external_id=future["external_id"])).data
    assert [fault["pointer"] for fault in reply["faults"]] == ["/happened_at"]
    assert len(await party.wait(DEAD, lambda record: record.key == key, count=len(BAD))) == len(BAD)


async def test_a_body_of_ten_megabytes_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post(API, content=b" " * 10_000_000)
    assert answer.status_code == 413

    async def chunks() -> Any:
        for _ in range(10):
            yield b" " * 1_000_000

    assert (await http.post(API, content=chunks())).status_code == 413
