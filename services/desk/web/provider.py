"""The identity provider, for sign-in: OpenID Connect's authorisation code with PKCE."""

import asyncio
import secrets
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from itsdangerous import BadData, URLSafeTimedSerializer

from services.desk.settings import DeskSettings
from shared.domain.access import Caller
from shared.runtime.identity import ALGORITHMS, LEEWAY, Keys, NotTrusted, ProviderAway, Tokens, discover
from shared.runtime.settings import Settings

PATIENCE = 5.0
"""Seconds that the provider has for an answer."""
LONGEST_NAME = 200
SIGNING_IN = 600
"""Seconds that somebody has to sign in at the provider."""


class Way(NamedTuple):
    """A way to the provider: where, and the cookie that whoever comes back has to bring."""

    url: str
    sealed: str


class WayBack(NamedTuple):
    """What the provider's answer has to agree with, and where somebody wanted to go."""

    nonce: str
    verifier: str
    after: str


class Person(NamedTuple):
    """Who signed in: what they may do, their name as it is recorded, and the token that signs them out again."""

    caller: Caller
    name: str
    id_token: str


class Provider:
    """Raises NotTrusted for an answer that nobody vouches for, ProviderAway while it does not answer.

    What an answer has to agree with is in the browser's cookie, under the desk's signature: who only looks at the first page
    of a sign-in leaves nothing here.
    """

    def __init__(self, settings: Settings, desk: DeskSettings, keys: Keys) -> None:
        self._issuer, self._desk, self._keys = settings.oidc_issuer or "", desk, keys
        self._tokens = Tokens(settings, keys)
        self._signed = URLSafeTimedSerializer(desk.desk_client_secret or secrets.token_urlsafe(32), salt="sign-in")
        self._document: Mapping[str, Any] | None = None

    async def way_in(self, after: str) -> Way:
        """Where to send somebody who wants to sign in, and to be at `after` then."""
        document = await self._discover()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        with self._client() as client:
            endpoint = document["authorization_endpoint"]
            url, state = client.create_authorization_url(endpoint, code_verifier=verifier, nonce=nonce)
        return Way(url, str(self._signed.dumps([state, nonce, verifier, after])))

    def way_back(self, sealed: str, state: str) -> WayBack:
        """What goes with `state`, for whoever brings the cookie of that way."""
        try:
            known, nonce, verifier, after = self._signed.loads(sealed, max_age=SIGNING_IN)
        except BadData:
            raise NotTrusted from None
        if not secrets.compare_digest(str(known).encode(), state.encode()):
            raise NotTrusted
        return WayBack(nonce, verifier, after)

    async def person(self, code: str, way: WayBack) -> Person:
        """Who came back with `code`: both tokens are the provider's, for us, and of this sign-in."""
        document = await self._discover()
        token = await asyncio.to_thread(self._fetch, document["token_endpoint"], code, way.verifier)
        claims = await self._claims(str(token.get("id_token", "")), way.nonce)
        caller = await self._tokens.caller(str(token.get("access_token", "")))
        if claims["sub"] != caller.subject:
            raise NotTrusted
        name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
        return Person(caller, str(name)[:LONGEST_NAME], str(token["id_token"]))

    async def way_out(self, id_token: str) -> str:
        """Where to send somebody who has signed out here, so that they are signed out there, too."""
        document = await self._discover()
        asked = {"client_id": self._desk.desk_client_id, "post_logout_redirect_uri": f"{self._desk.url}/signed-out"}
        return f"{document['end_session_endpoint']}?{urlencode(asked | {'id_token_hint': id_token})}"

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            self._desk.desk_client_id,
            self._desk.desk_client_secret,
            scope="openid",
            redirect_uri=f"{self._desk.url}/signed-in",
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
            try:
                self._document = await asyncio.to_thread(discover, self._issuer)
            except (OSError, ValueError, HTTPException):
                raise ProviderAway from None
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
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub", "nonce"]},
            )
        except jwt.PyJWTError:
            raise NotTrusted from None
        if not secrets.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise NotTrusted
        return claims
