"""Whatever is written to an inbound topic is answered or set aside, whole, and the next record goes through."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid1

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

from shared.events import topics
from shared.events.envelope import LONGEST_NAME, MOST_HEADERS
from shared.events.principals import SERVICES
from tests.intake import forms
from tests.security.conftest import Platform

IN, REPLIES = topics.INBOUND_CONTACT_REQUESTS.name, topics.INBOUND_REPLIES.name
DEAD = topics.dead_letters("intake").name
READERS = [
    (topic.name, service) for topic in topics.ALL if topic.inbound for service in SERVICES if service in topic.read_by
]
NO_JSON = {
    "nothing": b"",
    "not UTF-8": b"\xff\xfe{}",
    "NaN": b'{"version": NaN}',
    "a lone surrogate": b'{"decision_id": "\\ud800"}',
    "a surrogate in UTF-8": b'{"decision_id": "\xed\xa0\x80"}',
    "a number of a million digits": b'{"version": ' + b"1" * 1_000_000 + b"}",
    "a hundred thousand levels": b"[" * 100_000,
    "a field twice": b'{"prisoner_number": "A1234BC", "prisoner_number": "Z9999ZZ"}',
    "a field twice, further in": b'{"contact": {"name": "Jane", "name": "John"}}',
}
NO_EVENT = {
    "infinity": b'{"version": 1e400, "at": 1e400, "occurredAt": 1e400}',
    "operators": b'{"$where": "sleep(1000)", "prisoner_number": {"$gt": ""}, "decision_id": {"$ne": null}, "a.b": 1}',
    "NUL": b'{"prisoner_number": "A1234BC\\u0000", "decision_id": "\\u0000"}',
}


@pytest.mark.parametrize(("topic", "service"), READERS)
async def test_what_is_no_json_or_no_event_is_set_aside_by_each_reader(
    platform: Platform, topic: str, service: str
) -> None:
    """A submission that is an object is answered with its faults instead (R3)."""
    answered = topic in (IN, topics.INBOUND_BREACH_REPORTS.name)
    bad = {**NO_JSON} if answered else {**NO_JSON, **NO_EVENT}
    key = uuid1().hex
    ids = {what: await platform.party.send(topic, value, key) for what, value in bad.items()}
    await platform.party.handled(service, topic, key)
    letters = platform.party.records(topics.dead_letters(service).name, lambda letter: letter.key == key)
    assert {what: [letter.value for letter in letters if letter.id == ids[what]] for what in bad} == {
        what: [value] for what, value in bad.items()
    }


async def goes_on(platform: Platform, key: str) -> None:
    """The next good request with this key is taken in."""
    good = forms.request()
    await platform.party.send(IN, good, key=key)
    reply = await platform.party.one(REPLIES, external_id=good["external_id"])
    assert reply.data["outcome"] == "accepted"


@pytest.mark.parametrize("length", [LONGEST_NAME + 1, 300_000, 600_000, 1_000_000])
async def test_r3_a_sender_whose_name_for_it_is_too_long_is_told_so_under_the_events_id(
    platform: Platform, length: int
) -> None:
    """As a record's key, it would be more than Kafka takes; and what can't be published stops all that comes after."""
    key = uuid1().hex
    event_id = await platform.party.send(IN, forms.request(external_id="x" * length), key=key)
    reply = await platform.party.one(REPLIES, external_id=event_id)
    assert [fault["pointer"] for fault in reply.data["faults"]] == ["/external_id"]
    unnamed = await platform.party.send(IN, forms.request(external_id="x" * length), key=key, headers=False)
    assert unnamed
    await goes_on(platform, key)
    (letter,) = await platform.party.by_now(DEAD, lambda letter: letter.key == key)
    assert "does not name itself" in letter.headers["dead-letter-reason"]


@pytest.mark.parametrize(
    "headers",
    [
        (("ce_id", b"x" * 600_000), ("ce_source", b"y")),
        (("ce_id", b"x"), ("ce_source", b"y" * (LONGEST_NAME + 1))),
        (("ce_id", b"x"), ("ce_source", b"\xff\xfe")),
        (("ce_id", None), ("ce_source", None), ("traceparent", None)),
        (("ce_id", b"x"), ("ce_source", b"y"), *((f"h{place}", b"") for place in range(MOST_HEADERS))),
        (("ce_id", b"x"), ("ce_source", b"y"), *(("", b"") for _ in range(200_000))),
    ],
    ids=["a long id", "a long source", "no UTF-8", "null", "too many", "far too many"],
)
async def test_headers_that_nobody_needs_set_a_record_aside_with_all_of_them(
    platform: Platform, headers: tuple[tuple[str, bytes | None], ...]
) -> None:
    key, body = uuid1().hex, forms.request()
    del body["external_id"]
    for _ in range(3):  # together more than one document of MongoDB would hold
        await platform.party.send(IN, body, key=key, headers=False, more_headers=headers)
    await goes_on(platform, key)
    letters = await platform.party.by_now(DEAD, lambda letter: letter.key == key)
    assert [json.loads(letter.value) for letter in letters] == [body] * 3
    assert all(letter.headers.keys() >= {name for name, _ in headers} for letter in letters)


async def test_headers_in_no_sensible_form_are_not_passed_on(platform: Platform) -> None:
    body = forms.request()
    trace = (("traceparent", b"00-" + b"0" * 31 + b"g-0000000000000000-01; x"), ("ce_time", b"yesterday"))
    await platform.party.send(IN, body, more_headers=trace)
    reply = await platform.party.one(REPLIES, external_id=body["external_id"])
    assert len(reply.headers["traceparent"]) == 55
    assert "g" not in reply.headers["traceparent"]


async def test_a_key_of_a_megabyte_is_set_aside_and_not_remembered(platform: Platform) -> None:
    key = uuid1().hex * 30_000
    await platform.party.send(IN, b"{", key=key)
    await platform.party.wait(DEAD, lambda letter: letter.key == key)
    await goes_on(platform, key)


async def test_r3_thousands_of_faults_are_answered_as_far_as_anybody_reads(platform: Platform) -> None:
    point = {"lines": [""] * 10, "postcode": "x"}
    person = {"phones": ["x"] * 50, "emails": ["x"] * 50, "other_names": [""] * 50, "addresses": [point] * 50}
    body = forms.request(protected_people=[person] * 20)
    await platform.party.send(IN, body)
    reply = await platform.party.one(REPLIES, external_id=body["external_id"])
    assert len(reply.data["faults"]) == 1000


@pytest.mark.parametrize("field", ["protected_people", "phones", "addresses", "other_names", "lines"])
async def test_lists_without_end_are_one_fault_and_cost_nothing(platform: Platform, field: str) -> None:
    body, many = forms.request(), [1] * 300_000
    person = body["protected_people"][0]
    {"protected_people": body, "lines": person["addresses"][0]}.get(field, person)[field] = many
    answer = await asyncio.wait_for(platform.http("intake").post("/api/v1/contact-requests", json=body), 20)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert fault["pointer"].endswith(field)
    assert fault["fault"].startswith("has too many entries")


@pytest.fixture
async def producer(platform: Platform) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(
        bootstrap_servers=platform.kafka, compression_type="gzip", max_request_size=200_000_000
    ) as producer:
        yield producer


async def test_a_record_that_was_packed_small_is_refused_by_its_real_size(
    platform: Platform, producer: AIOKafkaProducer
) -> None:
    """A hundred megabytes of one letter are a hundred kilobytes on their way."""
    key = uuid1().hex
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait(IN, b"0" * 100_000_000, key.encode())
    await producer.send_and_wait(IN, b"0" * 1_000_000, key.encode())
    await platform.party.wait(DEAD, lambda letter: letter.key == key)
    await goes_on(platform, key)


async def test_a_record_packed_in_a_way_that_our_client_cannot_read_is_read(
    platform: Platform, producer: AIOKafkaProducer
) -> None:
    body = forms.request()
    batch = Lz4Batch(1_000_000, 0)
    batch.append(timestamp=None, key=b"packed", value=json.dumps(body).encode())
    await (await producer.send_batch(batch, IN, partition=0))
    assert (await platform.party.one(REPLIES, external_id=body["external_id"])).data["outcome"] == "accepted"


class Lz4Batch(BatchBuilder):  # type: ignore[misc]
    """A batch of Kafka's format 2 in an LZ4 frame, whose one block LZ4 leaves as it is."""

    _buffer: bytearray | None

    def _build(self) -> Any:
        if self._buffer is None:
            plain = bytes(super()._build())
            size = struct.pack("<I", len(plain[61:]) | 1 << 31)
            packed = bytearray(plain[:61] + bytes.fromhex("04224d18604082") + size + plain[61:] + bytes(4))
            struct.pack_into(">i", packed, 8, len(packed) - 12)
            struct.pack_into(">h", packed, 21, 3)
            struct.pack_into(">I", packed, 17, calc_crc32c(bytes(packed[21:])))
            self._buffer = packed
        return self._buffer
