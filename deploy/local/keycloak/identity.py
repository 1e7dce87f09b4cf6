"""Getting access tokens, for those who start services on this machine and call them."""

import json
import time
import urllib.request
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from deploy.local.keycloak.realm import PEOPLE

EARLY = 30
"""Seconds before its end at which a token is fetched anew."""


@dataclass
class Identity:
    """Where tokens come from, and who can get one: what `build/clients.json` says."""

    issuer: str
    secrets: Mapping[str, str]
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def token_endpoint(self) -> str:
        return f"{self.issuer}/protocol/openid-connect/token"

    @property
    def clients(self) -> dict[str, dict[str, str]]:
        systems = {name: secret for name, secret in self.secrets.items() if name not in PEOPLE and name != "desk"}
        return {name: {"client_id": name, "client_secret": secret} for name, secret in systems.items()}

    @property
    def people(self) -> dict[str, dict[str, str]]:
        """Who can sign in at the desk."""
        there = {name: secret for name, secret in self.secrets.items() if name in PEOPLE}
        return {name: {"username": name, "password": secret} for name, secret in there.items()}

    def token(self, client: str) -> str:
        """An access token of this client that lasts a while yet."""
        until, token = self._tokens.get(client, (0.0, ""))
        if until < time.monotonic():
            form = self.clients[client] | {"grant_type": "client_credentials"}
            with urllib.request.urlopen(self.token_endpoint, urlencode(form).encode(), timeout=30) as answer:
                said = json.load(answer)
            token = said["access_token"]
            self._tokens[client] = time.monotonic() + said["expires_in"] - EARLY, token
        return token

    def as_(self, client: str) -> "As":
        """For `httpx`: calls in the name of this client."""
        return As(self, client)


class As(httpx.Auth):
    """Calls in the name of a client of the realm."""

    def __init__(self, identity: Identity, client: str) -> None:
        self._identity, self._client = identity, client

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._identity.token(self._client)}"
        yield request
