"""The identity provider: its keys, read from its discovery document, and what the access tokens signed with them say."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from http.client import HTTPException
from math import inf
from typing import Any, NamedTuple
from urllib.request import urlopen

import jwt
import structlog

from shared.domain.access import Caller, Role
from shared.runtime.clock import Clock, WallClock
from shared.runtime.settings import Settings, is_safe_address

log = structlog.get_logger()

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Only those whose verifying key can sign nothing."""
LEEWAY = 5
"""Seconds by which the provider's clock and ours may differ."""
READ_EVERY = 300.0
"""Seconds after which the keys are read again: one that is withdrawn is trusted no longer than that."""
ASK_AGAIN_AFTER = 5.0
"""Seconds before an unknown key makes the keys be read once more: nobody can make us keep asking."""
PATIENCE = 2.0
"""Seconds that the provider has for an answer."""
MOST_REMEMBERED = 10_000
"""Tokens whose verification is remembered until they expire."""

ReadKeys = Callable[[], Awaitable[Sequence[jwt.PyJWK]]]


class NotTrusted(Exception):
    """The token is none of the provider's for us, or its time is over."""


class ProviderAway(Exception):
    """Only the provider could tell who this is, and it does not answer."""


class Keys:
    """The provider's keys by their ids. Once read they go on working while it is away."""

    def __init__(self, read: ReadKeys) -> None:
        self._read = read
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._asked_at = -inf
        self._answered = False
        self._asking: asyncio.Task[None] | None = None

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    @property
    def known(self) -> bool:
        """Whether they were read at least once."""
        return bool(self._keys)

    async def keep_fresh(self) -> None:
        """Reads them where it is time to."""
        if self._age() > (READ_EVERY if self._answered else ASK_AGAIN_AFTER):
            await self._ask()

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of that id. Raises ProviderAway where it is unknown and the provider does not answer."""
        if key_id not in self._keys:
            await self._ask()
            if key_id not in self._keys and not self._answered:
                raise ProviderAway
        return self._keys.get(key_id)

    async def _ask(self) -> None:
        """All who want to know wait for one and the same answer."""
        if self._asking is None:
            if self._age() < ASK_AGAIN_AFTER:
                return
            self._asking = asyncio.create_task(self._ask_provider())
        await asyncio.shield(self._asking)

    async def _ask_provider(self) -> None:
        try:
            keys = await self._read()
            self._keys = {str(key.key_id): key for key in keys}
            self._answered = True
        except (OSError, ValueError, HTTPException, jwt.PyJWTError) as error:
            self._answered = False
            log.warning("waiting", missing="identity provider", error=type(error).__name__)
        finally:
            self._asked_at, self._asking = asyncio.get_running_loop().time(), None

    def _age(self) -> float:
        return asyncio.get_running_loop().time() - self._asked_at


class Remembered(NamedTuple):
    """Who a token is from, until when (unix seconds), by the key of which id."""

    caller: Caller
    until: float
    key_id: str


class Tokens:
    """Verifies access tokens. Time is the machine's: a token's life has nothing to do with the domain's clock."""

    def __init__(self, settings: Settings, keys: Keys, clock: Clock | None = None) -> None:
        self._settings, self._keys, self._clock = settings, keys, clock or WallClock()
        self._remembered: dict[bytes, Remembered] = {}

    async def caller(self, token: str) -> Caller:
        """Who brings `token`. Raises NotTrusted or ProviderAway."""
        digest, now = sha256(token.encode()).digest(), self._clock.now().timestamp()
        known = self._remembered.get(digest)
        if known is None or known.until <= now or known.key_id not in self._keys:
            known = await self._verified(token)
            self._remember(digest, known, now)
        return known.caller

    async def _verified(self, token: str) -> Remembered:
        try:
            key_id = str(jwt.get_unverified_header(token).get("kid"))
            key = await self._keys.find(key_id)
            if key is None:
                raise NotTrusted
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._settings.oidc_audience,
                issuer=self._settings.oidc_issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            raise NotTrusted from None
        return Remembered(caller_of(claims, self._settings), claims["exp"] + LEEWAY, key_id)

    def _remember(self, digest: bytes, known: Remembered, now: float) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered = {key: one for key, one in self._remembered.items() if one.until > now}
        if len(self._remembered) >= MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = known


def caller_of(claims: Mapping[str, Any], settings: Settings) -> Caller:
    """What verified claims say about a caller; what they say in another form than they should, they do not say."""
    organisation = claims.get(settings.oidc_organisation_claim)
    granted = set(_words(claims.get(settings.oidc_roles_claim))) - {Role.PUBLIC}
    return Caller(
        subject=claims["sub"],
        roles=frozenset(role for role in Role if role in granted),
        organisation=organisation if isinstance(organisation, str) and organisation.strip() else None,
        prisons=frozenset(_words(claims.get(settings.oidc_prisons_claim))),
    )


async def read_keys(issuer: str) -> Sequence[jwt.PyJWK]:
    """The keys that `issuer` signs with now. Raises OSError, ValueError, HTTPException or PyJWTError where it does not say so."""
    return await asyncio.to_thread(_read_keys, issuer)


def discover(issuer: str) -> Mapping[str, Any]:
    """The discovery document of `issuer`. Raises OSError, ValueError or HTTPException where it does not say so; blocks."""
    with urlopen(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=PATIENCE) as answer:
        document = json.load(answer)
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError("this is not the discovery document of the issuer")
    return document


def _read_keys(issuer: str) -> Sequence[jwt.PyJWK]:
    document = discover(issuer)
    if not is_safe_address(str(document.get("jwks_uri"))):
        raise ValueError("the keys are not at a safe address")
    return jwt.PyJWKClient(document["jwks_uri"], cache_jwk_set=False, timeout=PATIENCE).get_signing_keys()


def _words(claim: object) -> Sequence[str]:
    if isinstance(claim, str):
        return claim.split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else ()
