"""HTTP as an outside system uses it: what fails for the moment is tried again, in the same words."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx

from demo.clients.tokens import Bearer

PAUSE = 0.5
PATIENCE = 240
FOR_THE_MOMENT = (429, 502, 503, 504)


class Http:
    """A client of one service, in the name of `caller` among those of CLIENTS_FILE. Raises the last failure after two minutes."""

    def __init__(self, base_url: str, caller: str) -> None:
        auth, limits = Bearer(Path(os.environ["CLIENTS_FILE"]), caller), httpx.Limits(max_connections=20)
        self._client = httpx.AsyncClient(base_url=base_url, timeout=10, limits=limits, auth=auth)

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self._patiently("GET", path, params=params)

    async def post(self, path: str, body: Any, idempotency_key: str) -> httpx.Response:
        return await self._patiently("POST", path, json=body, headers={"Idempotency-Key": idempotency_key})

    async def _patiently(self, method: str, path: str, **how: Any) -> httpx.Response:
        for attempt in range(PATIENCE):
            try:
                answer = await self._client.request(method, path, **how)
            except httpx.TransportError:
                if attempt == PATIENCE - 1:
                    raise
            else:
                if answer.status_code not in FOR_THE_MOMENT:
                    return answer
            await asyncio.sleep(PAUSE)
        return answer
