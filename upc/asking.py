"""Asks services over HTTP, in the name of whoever is at the keyboard."""

from functools import cached_property
from http.client import HTTPException
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from shared.runtime.identity import discover
from upc.settings import ToolSettings, Trouble

PATIENCE = 30.0
"""Seconds that a service has for an answer."""
AWAY = (OSError, ValueError, HTTPException, requests.RequestException, AuthlibBaseError)


class Asking:
    """One for a command. Its token is fetched once, when something is first asked that needs one."""

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings

    @property
    def has_a_name(self) -> bool:
        return bool(self._settings.upc_client_id and self._settings.oidc_issuer)

    def get(self, service: str, path: str, **params: Any) -> Any:
        """What it answers, as JSON. Raises Trouble for anything but a 200."""
        return self._ask("GET", service, path, params=params)

    def post(self, service: str, path: str, body: Any, key: str) -> Any:
        """The same; `key` makes it count once however often it is sent."""
        return self._ask("POST", service, path, json=body, headers={"Idempotency-Key": key})

    def look(self, service: str, path: str) -> requests.Response:
        """What needs no token. Raises requests.RequestException."""
        return requests.get(f"{self._settings.url(service)}{path}", timeout=PATIENCE)

    def _ask(self, method: str, service: str, path: str, **more: Any) -> Any:
        try:
            answer = self._session.request(method, f"{self._settings.url(service)}{path}", timeout=PATIENCE, **more)
        except AWAY as error:
            raise Trouble(f"{service} does not answer: {type(error).__name__}") from None
        if not answer.ok:
            raise Trouble(f"{service} says {answer.status_code}: {_title(answer)}")
        return answer.json()

    @cached_property
    def _session(self) -> OAuth2Session:
        """Raises Trouble where the provider knows no such client."""
        if not self.has_a_name:
            raise Trouble("this needs OIDC_ISSUER, UPC_CLIENT_ID and UPC_CLIENT_SECRET: see docs/operating.md")
        secret = self._settings.upc_client_secret.get_secret_value()
        session = OAuth2Session(self._settings.upc_client_id, secret)
        try:
            endpoint = discover(self._settings.oidc_issuer or "")["token_endpoint"]
            session.fetch_token(endpoint, grant_type="client_credentials", timeout=PATIENCE)
        except AWAY as error:
            raise Trouble(f"the identity provider gives no token: {type(error).__name__}") from None
        return session


def _title(answer: requests.Response) -> str:
    try:
        return str(answer.json()["title"])
    except (ValueError, KeyError, TypeError):
        return answer.reason
