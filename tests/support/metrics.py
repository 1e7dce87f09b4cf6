"""What a service tells Prometheus, as Prometheus reads it."""

import asyncio
from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.waiting import PATIENCE


async def value(http: httpx.AsyncClient, sample: str, **labels: str) -> float:
    """The value of the sample of that name with these labels and no others; 0 where there is none yet."""
    told = (await http.get("/metrics")).text
    for family in text_string_to_metric_families(told):
        for each in family.samples:
            if each.name == sample and each.labels == labels:
                return float(each.value)
    return 0.0


async def becomes(http: httpx.AsyncClient, holds: Callable[[float], bool], sample: str, **labels: str) -> float:
    """The value, once it `holds`. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not holds(seen := await value(http, sample, **labels)):
            await asyncio.sleep(0.05)
        return seen
