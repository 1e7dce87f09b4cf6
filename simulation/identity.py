"""An identity provider without a network: one key, one caller."""

from collections.abc import Sequence
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from shared.runtime.clock import WallClock
from shared.runtime.settings import Settings

ISSUER, KEY_ID = "https://identity.example", "simulated"
_KEY = Ed25519PrivateKey.generate()


def signing_keys() -> Sequence[jwt.PyJWK]:
    described = OKPAlgorithm.to_jwk(_KEY.public_key(), as_dict=True)
    return [jwt.PyJWK.from_dict(described | {"kid": KEY_ID, "alg": "EdDSA", "use": "sig"})]


def token(settings: Settings) -> str:
    """An access token of the agency that all requests over HTTP come from."""
    claims = {
        "iss": ISSUER,
        "aud": settings.oidc_audience,
        "sub": "agency",
        "exp": WallClock().now() + timedelta(days=1),
        settings.oidc_roles_claim: ["agency"],
        settings.oidc_organisation_claim: "Victim Support",
    }
    return jwt.encode(claims, _KEY, algorithm="EdDSA", headers={"kid": KEY_ID})
