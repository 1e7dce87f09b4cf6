"""Changing the realm of the test run's Keycloak through its administration API, as an administrator would."""

import secrets
from types import TracebackType
from typing import Any, Self

import httpx

from deploy.local.keycloak import Identity


class Admin:
    """What it makes it also takes away: with `undo`, and at the end of `with`, the realm is as it was."""

    def __init__(self, identity: Identity) -> None:
        self._issuer = identity.issuer
        base_url = identity.issuer.replace("/realms/", "/admin/realms/")
        self._http = httpx.Client(base_url=base_url, auth=identity.as_("admin"), timeout=30)
        self._made: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.undo()
        self._http.close()

    def client(self, name: str, scopes: list[str], lifespan: int = 300) -> Identity:
        """A client without a role, with `scopes` (our audience comes with `upc`) and tokens of so many seconds."""
        secret = secrets.token_urlsafe(16)
        self._make(
            "clients",
            clientId=name,
            secret=secret,
            serviceAccountsEnabled=True,
            standardFlowEnabled=False,
            defaultClientScopes=scopes,
            attributes={"access.token.lifespan": str(lifespan)},
        )
        return Identity(self._issuer, {name: secret})

    def new_key(self) -> None:
        """From now on tokens are signed with a key that nobody has seen; the one before is still published."""
        config = {"priority": ["1000"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"]}
        provider = {"providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider"}
        self._make("components", name=f"rotated {len(self._made)}", config=config, **provider)

    def undo(self) -> None:
        while self._made:
            self._http.delete(self._made.pop()).raise_for_status()

    def _make(self, what: str, **settings: Any) -> None:
        made = self._http.post(f"/{what}", json=settings)
        made.raise_for_status()
        self._made.append(made.headers["location"])
