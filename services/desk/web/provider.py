"""The identity provider, for sign-in: OpenID Connect's authorisation code with PKCE."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from services.desk.settings import DeskSettings
from shared.domain.access import Caller
from shared.runtime.identity import ALGORITHMS, LEEWAY, Keys, NotTrusted, ProviderAway, Tokens
from shared.runtime.settings import Settings

DISCOVERY = ".well-known/openid-configuration"
PATIENCE = 5.0
"""Seconds that the provider has for an answer."""


class Way(NamedTuple):
    """A way to the provider, and what its answer has to agree with."""

    url: str
    state: str
    nonce: str
    verifier: str


class Person(NamedTuple):
    """Who signed in: what they may do, their name as it is recorded, and the token that signs them out again."""

    caller: Caller
    name: str
    id_token: str


class Provider:
    """Raises NotTrusted for an answer that nobody vouches for, ProviderAway while it does not answer."""

    def __init__(self, settings: Settings, desk: DeskSettings, keys: Keys) -> None:
        self._settings, self._desk, self._keys = settings, desk, keys
        self._tokens = Tokens(settings, keys)
        self._document: Mapping[str, Any] | None = None

    @property
    def redirect_uri(self) -> str:
        return f"{self._desk.url}/signed-in"

    async def way_in(self) -> Way:
        """Where to send somebody who wants to sign in."""
        document = await self._discover()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        with self._client() as client:
            endpoint = document["authorization_endpoint"]
            url, state = client.create_authorization_url(endpoint, code_verifier=verifier, nonce=nonce)
        return Way(url, state, nonce, verifier)

    async def person(self, code: str, verifier: str, nonce: str) -> Person:
        """Who came back with `code`: both tokens are the provider's, for us, and of this sign-in."""
        document = await self._discover()
        token = await asyncio.to_thread(self._fetch, document["token_endpoint"], code, verifier)
        claims = await self._claims(str(token.get("id_token", "")), nonce)
        caller = await self._tokens.caller(str(token["access_token"]))
        if claims["sub"] != caller.subject:
            raise NotTrusted
        name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return Person(caller, str(name), str(token["id_token"]))

    async def way_out(self, id_token: str | None) -> str:
        """Where to send somebody who has signed out here, so that they are signed out there, too."""
        document = await self._discover()
        asked = {"client_id": self._desk.desk_client_id, "post_logout_redirect_uri": f"{self._desk.url}/signed-out"}
        asked |= {"id_token_hint": id_token} if id_token else {}
        return f"{document['end_session_endpoint']}?{urlencode(asked)}"

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            self._desk.desk_client_id,
            self._desk.desk_client_secret,
            scope="openid",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )

    def _fetch(self, endpoint: str, code: str, verifier: str) -> Mapping[str, Any]:
        try:
            with self._client() as client:
                token: Mapping[str, Any] = client.fetch_token(
                    endpoint, code=code, code_verifier=verifier, timeout=PATIENCE
                )
                return token
        except AuthlibBaseError:
            raise NotTrusted from None
        except (requests.RequestException, ValueError):
            raise ProviderAway from None

    async def _discover(self) -> Mapping[str, Any]:
        if self._document is None:
            self._document = await asyncio.to_thread(_read, f"{self._settings.oidc_issuer}/{DISCOVERY}")
        return self._document

    async def _claims(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        try:
            key = await self._keys.find(str(jwt.get_unverified_header(id_token).get("kid")))
            if key is None:
                raise NotTrusted
            claims: Mapping[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=ALGORITHMS,
                audience=self._desk.desk_client_id,
                issuer=self._settings.oidc_issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub", "nonce"]},
            )
        except jwt.PyJWTError:
            raise NotTrusted from None
        if not secrets.compare_digest(str(claims["nonce"]), nonce):
            raise NotTrusted
        return claims


def _read(address: str) -> Mapping[str, Any]:
    try:
        answer = requests.get(address, timeout=PATIENCE)
        answer.raise_for_status()
        document: Mapping[str, Any] = answer.json()
        return document
    except (requests.RequestException, ValueError):
        raise ProviderAway from None
