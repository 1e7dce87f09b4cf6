"""May this prisoner reach X? In process with the whole country's blocks in memory, and over HTTP (R19)."""

import time
import tracemalloc
from typing import Any

import httpx

from bench.fleet import Fleet
from bench.report import percentile
from bench.work import prisoner_number
from services.blocking.domain.matching import Someone
from services.blocking.domain.picture import Picture
from shared.domain.contact_points import ContactPoints
from shared.events.blocks import BlockListChanged

QUESTIONS = 20_000


def block_list(n: int) -> BlockListChanged:
    """The n-th prisoner's list, with one or two blocks."""
    blocks = [
        {
            "block_id": f"block-{n}-{place}",
            "reference": "UPC-7KQ-M2X-WDHC",
            "name": f"Jane Example {n}",
            "other_names": [f"Jane Sample {n}"],
            "phones": [f"+4477009{n % 100_000:05}", f"+44113496{place}{n % 1000:03}"],
            "addresses": [{"lines": [f"{n % 300} High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
            "emails": [f"jane.{n}@example.org"],
            "in_force_since": "2026-11-23T10:15:00Z",
        }
        for place in range(1 + n % 2)
    ]
    state = {"prisoner_number": prisoner_number(n), "prison_id": "LEI", "version": 1, "as_of": "2026-11-23T10:15:00Z"}
    return BlockListChanged.model_validate(state | {"blocks": blocks})


def in_process(prisoners: int) -> dict[str, float]:
    """Load, memory and delay of the picture that blocking answers from."""
    lists = [block_list(n) for n in range(prisoners)]
    picture = Picture()
    tracemalloc.start()
    start = time.perf_counter()
    for changed in lists:
        picture.apply(changed)
    seconds, memory = time.perf_counter() - start, tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    delays = []
    for n in range(QUESTIONS):
        number = prisoner_number(n * 7919 % prisoners)
        who = Someone(points=ContactPoints(phones=(f"+4477009{n % 100_000:05}",)))
        start = time.perf_counter()
        picture.check(number, who)
        delays.append(time.perf_counter() - start)
    return {
        "contact_check_p50_ms": percentile(delays, 50) * 1000,
        "contact_check_p99_ms": percentile(delays, 99) * 1000,
        "contact_check_prisoners": prisoners,
        "picture_load_s": seconds,
        "picture_bytes_per_prisoner": memory / prisoners,
    }


def over_http(fleet: Fleet, numbers: list[str], questions: int) -> dict[str, float]:
    """One question after the other over one connection, each with an access token."""
    delays = []
    with httpx.Client(base_url=fleet.url("blocking"), auth=fleet.identity.as_("estate")) as http:
        for n in range(questions):
            start = time.perf_counter()
            answer: Any = http.get(f"/api/v1/prisoners/{numbers[n % len(numbers)]}/contact-check?phone=07700900123")
            delays.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.text
    return {
        "contact_check_http_p50_ms": percentile(delays, 50) * 1000,
        "contact_check_http_p99_ms": percentile(delays, 99) * 1000,
    }
