"""A MongoDB that becomes slow, or stops answering, for one service alone: through a proxy before the test run's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pymongo.uri_parser import parse_uri

from deploy.local import free_port
from deploy.local.proxy import Proxy
from shared.runtime import calls, service

SOON = 8.0
"""Seconds in which the impatient have answered, on a slow and busy machine too. The driver alone gives up after 10 to 20."""


def impatient(patch: pytest.MonkeyPatch) -> None:
    """Nobody is let wait for longer than a second, so that tests are short."""
    for module in (calls, service):
        patch.setattr(module, "LONGEST_CALL", 1.0)


@asynccontextmanager
async def through_a_proxy(mongo_uri: str) -> AsyncIterator[tuple[Proxy, str]]:
    """The proxy, and the URI that leads through it."""
    ((_, behind),), port = parse_uri(mongo_uri)["nodelist"], free_port()
    async with Proxy({port: int(behind)}) as proxy:
        yield proxy, f"mongodb://127.0.0.1:{port}/?directConnection=true"


def refused(answer: httpx.Response) -> bool:
    """Whether `answer` says to try again, as it should be said."""
    said = answer.headers["content-type"] == "application/problem+json" and int(answer.headers["retry-after"]) > 0
    return answer.status_code in (429, 503) and said
