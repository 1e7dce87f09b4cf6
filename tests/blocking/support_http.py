"""Waiting for what a service reads back from Kafka."""

import asyncio

import httpx

from tests.support.waiting import PATIENCE


async def in_the_picture(http: httpx.AsyncClient, number: str) -> None:
    """Returns once the block list of `number` is answered over HTTP: it is on the topic, and on its way here."""
    async with asyncio.timeout(PATIENCE):
        while (await http.get(f"/api/v1/prisoners/{number}/block-list")).status_code != 200:
            await asyncio.sleep(0.02)
