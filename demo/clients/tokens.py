"""Access tokens (OAuth 2 client credentials), as every outside system gets them: fetched, kept, fetched anew before they end."""

import json
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx

EARLY = 30
"""Seconds before its end at which a token is fetched anew: the machine's time, however fast the demo's clock goes."""


class Bearer(httpx.Auth):
    """Calls in the name of one of the clients that `clients.json` lists (CONTRACT.md, "From the command line")."""

    def __init__(self, clients: Path, name: str) -> None:
        known = json.loads(clients.read_text())
        self._endpoint, self._client = known["token_endpoint"], known["clients"][name]
        self._token, self._until = "", 0.0

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if time.monotonic() > self._until:
            form = {"grant_type": "client_credentials", **self._client}
            answer = yield httpx.Request("POST", self._endpoint, data=form)
            await answer.aread()
            answer.raise_for_status()
            said = answer.json()
            self._token, self._until = said["access_token"], time.monotonic() + said["expires_in"] - EARLY
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request
