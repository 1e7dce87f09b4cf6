"""Access tokens: whose are believed, and what becomes of that while the identity provider is away."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from http.client import IncompleteRead
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from shared.domain.access import Caller, Role
from shared.runtime import identity
from shared.runtime.clock import WallClock
from shared.runtime.identity import Keys, NotTrusted, ProviderAway, Tokens
from shared.runtime.settings import Settings, is_safe_address

ISSUER = "https://identity.example/realms/upc"
SETTINGS = Settings(oidc_issuer=ISSUER)
MINE, OTHERS = (rsa.generate_private_key(65537, 2048) for _ in range(2))
PEM = MINE.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def public(key: rsa.RSAPrivateKey, key_id: str, **more: Any) -> jwt.PyJWK:
    described = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwt.PyJWK.from_dict({**described, "kid": key_id, "alg": "RS256", "use": "sig", **more})


class Provider:
    """An identity provider that counts how often it is asked."""

    def __init__(self, *keys: jwt.PyJWK) -> None:
        self.keys: Sequence[jwt.PyJWK] = keys
        self.away, self.asked = False, 0

    async def read(self) -> Sequence[jwt.PyJWK]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        return self.keys


@pytest.fixture
def provider() -> Provider:
    return Provider(public(MINE, "mine"))


@pytest.fixture
def tokens(provider: Provider) -> Tokens:
    return Tokens(SETTINGS, Keys(provider.read))


def claims(**changes: Any) -> dict[str, Any]:
    now = WallClock().now()
    said = {
        "iss": ISSUER,
        "aud": "upc",
        "sub": "them",
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "roles": ["police"],
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def signed(key: rsa.RSAPrivateKey = MINE, key_id: str | None = "mine", algorithm: str = "RS256", **changes: Any) -> str:
    headers = {"kid": key_id} if key_id else {}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def with_header(secret: bytes | None = None, **header: Any) -> str:
    """A token with any header, signed with HMAC and `secret`, or not at all."""
    body = {name: value for name, value in claims(iat=None, exp=4_000_000_000).items()}
    said = f"{part(header)}.{part(body)}"
    signature = hmac.new(secret, said.encode(), hashlib.sha256).digest() if secret else b""
    return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def other_letter(token: str) -> str:
    """The token with the first letter of its signature changed: all six bits of that letter count, unlike the last one's."""
    said, signature = token.rsplit(".", 1)
    return f"{said}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


async def test_a_token_of_the_provider_for_us_says_who_calls(tokens: Tokens) -> None:
    caller = await tokens.caller(signed(organisation="Leeds", prisons=["LEI"], roles=["estate", "offline_access"]))
    assert caller == Caller("them", frozenset({Role.ESTATE}), "Leeds", frozenset({"LEI"}))


AGO, SOON = WallClock().now() - timedelta(hours=1), WallClock().now() + timedelta(hours=1)
FORGED: dict[str, Callable[[], str]] = {
    "of another's key": lambda: signed(OTHERS),
    "of a key that is not known": lambda: signed(key_id="another"),
    "of no key": lambda: signed(key_id=None),
    "expired": lambda: signed(exp=AGO),
    "not valid yet": lambda: signed(nbf=SOON),
    "that never ends": lambda: signed(exp=None),
    "of another issuer": lambda: signed(iss="https://evil.example"),
    "of an issuer that begins alike": lambda: signed(iss=ISSUER + "2"),
    "of no issuer": lambda: signed(iss=None),
    "for another audience": lambda: signed(aud="account"),
    "for no audience": lambda: signed(aud=None),
    "of nobody": lambda: signed(sub=None),
    "signed with another algorithm than its key is for": lambda: signed(algorithm="RS512"),
    "not signed": lambda: with_header(alg="none", kid="mine"),
    "not signed, in capitals": lambda: with_header(alg="NONE", kid="mine"),
    "signed with the public key for a secret": lambda: with_header(PEM, alg="HS256", kid="mine"),
    "with a header that names no algorithm": lambda: with_header(kid="mine"),
    "with a key of its own": lambda: with_header(PEM, alg="HS256", kid="mine", jwk={"kty": "oct", "k": "AAAA"}),
    "with an address of keys": lambda: with_header(alg="RS256", kid="evil", jku="https://evil.example/keys"),
    "with a path for a key": lambda: with_header(b"", alg="HS256", kid="../../../../dev/null"),
    "with a list for a key": lambda: with_header(PEM, alg="HS256", kid=["mine"]),
    "whose signature differs in one letter": lambda: other_letter(signed()),
    "whose claims were changed": lambda: ".".join(
        [(s := signed().split("."))[0], part(claims(iat=None, exp=4e9)), s[2]]
    ),
    "that is no token": lambda: "\xff\xfe.\xff",
    "that is empty": lambda: "",
    "without its signature": lambda: signed().rpartition(".")[0],
    "with one part too many": lambda: signed() + ".x",
}


@pytest.mark.parametrize("forged", FORGED)
async def test_a_token_is_not_believed(tokens: Tokens, forged: str) -> None:
    await tokens.caller(signed())
    with pytest.raises(NotTrusted):
        await tokens.caller(FORGED[forged]())


@given(st.text(max_size=40) | st.lists(st.binary(max_size=30), min_size=3, max_size=3))
async def test_whatever_is_brought_for_a_token_is_not_believed_and_breaks_nothing(brought: Any) -> None:
    parts = (
        [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in brought] if isinstance(brought, list) else []
    )
    with pytest.raises(NotTrusted):
        await Tokens(SETTINGS, Keys(Provider(public(MINE, "mine")).read)).caller(".".join(parts) or str(brought))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"roles": None}, Caller("them", frozenset())),
        ({"roles": "police estate"}, Caller("them", frozenset({Role.POLICE, Role.ESTATE}))),
        ({"roles": ["public", "superuser", 7, None]}, Caller("them", frozenset())),
        ({"roles": {"police": True}}, Caller("them", frozenset())),
        ({"organisation": " ", "prisons": {"LEI": 1}}, Caller("them", frozenset({Role.POLICE}))),
        (
            {"organisation": ["Leeds"], "prisons": "LEI MDI"},
            Caller("them", frozenset({Role.POLICE}), None, frozenset({"LEI", "MDI"})),
        ),
    ],
)
async def test_what_claims_say_in_another_form_than_they_should_they_do_not_say(
    tokens: Tokens, said: dict[str, Any], meant: Caller
) -> None:
    assert await tokens.caller(signed(**said)) == meant


async def test_claims_have_the_names_that_the_settings_say(provider: Provider) -> None:
    names = {"oidc_roles_claim": "groups", "oidc_organisation_claim": "org", "oidc_prisons_claim": "sites"}
    tokens = Tokens(SETTINGS.model_copy(update=names), Keys(provider.read))
    caller = await tokens.caller(signed(groups=["estate"], org="Leeds", sites=["LEI"], prisons=["*"]))
    assert caller == Caller("them", frozenset({Role.ESTATE}), "Leeds", frozenset({"LEI"}))


@pytest.fixture
def at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys may be read again at once."""
    for name in ("READ_EVERY", "ASK_AGAIN_AFTER"):
        monkeypatch.setattr(identity, name, -1.0)


@pytest.mark.usefixtures("at_any_time")
async def test_a_new_key_is_found_and_a_withdrawn_one_is_not_believed_any_more(provider: Provider) -> None:
    keys = Keys(provider.read)
    tokens, old = Tokens(SETTINGS, keys), signed()
    await tokens.caller(old)
    provider.keys = [public(OTHERS, "others")]
    assert (await tokens.caller(signed(OTHERS, "others"))).subject == "them"
    with pytest.raises(NotTrusted):
        await tokens.caller(old)


@pytest.mark.usefixtures("at_any_time")
async def test_known_keys_go_on_working_while_the_provider_is_away_and_unknown_ones_are_asked_for_later(
    provider: Provider,
) -> None:
    keys = Keys(provider.read)
    tokens = Tokens(SETTINGS, keys)
    await keys.keep_fresh()
    provider.away = True
    await keys.keep_fresh()
    assert keys.known
    assert (await tokens.caller(signed())).subject == "them"
    with pytest.raises(ProviderAway):
        await tokens.caller(signed(OTHERS, "others"))
    provider.away = False
    with pytest.raises(NotTrusted):
        await tokens.caller(signed(OTHERS, "others"))


@pytest.mark.usefixtures("at_any_time")
@pytest.mark.parametrize(
    "error", [ConnectionRefusedError, TimeoutError, ValueError, jwt.PyJWKClientError, IncompleteRead(b"")]
)
async def test_before_the_keys_were_read_nobody_is_let_in_and_nothing_breaks(error: Any) -> None:
    async def read() -> Sequence[jwt.PyJWK]:
        raise error

    keys = Keys(read)
    await keys.keep_fresh()
    assert not keys.known
    with pytest.raises(ProviderAway):
        await Tokens(SETTINGS, keys).caller(signed())


async def test_nobody_can_make_us_ask_the_provider_over_and_over(provider: Provider, tokens: Tokens) -> None:
    for number in range(20):
        with pytest.raises(NotTrusted):
            await tokens.caller(signed(OTHERS, f"made up {number}"))
    assert provider.asked == 1


async def test_all_who_come_at_once_wait_for_one_answer(provider: Provider, tokens: Tokens) -> None:
    callers = await asyncio.gather(*(tokens.caller(signed(sub=str(number))) for number in range(20)))
    assert len({caller.subject for caller in callers}) == 20
    assert provider.asked == 1


async def test_who_leaves_while_the_provider_is_asked_takes_the_answer_from_nobody(
    provider: Provider, tokens: Tokens
) -> None:
    impatient, patient = (asyncio.create_task(tokens.caller(signed(sub=who))) for who in ("impatient", "patient"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).subject == "patient"


async def test_no_number_of_tokens_makes_what_is_remembered_grow_without_end(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "MOST_REMEMBERED", 3)
    tokens = Tokens(SETTINGS, Keys(provider.read))
    for number in range(6):
        await tokens.caller(signed(sub=str(number)))
    assert len(tokens._remembered) == 3
    assert (await tokens.caller(signed(sub="0"))).subject == "0"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://identity.example", True),
        ("http://127.0.0.1:8080/realms/upc", True),
        ("http://localhost/", True),
        ("http://[::1]:8080", True),
        ("http://identity.example", False),
        ("http://127.0.0.1.identity.example", False),
        ("http://localhost@identity.example", False),
        ("file:///etc/passwd", False),
        ("identity.example", False),
    ],
)
def test_keys_are_read_only_where_nobody_can_change_them_on_their_way(address: str, safe: bool) -> None:
    assert is_safe_address(address) is safe
