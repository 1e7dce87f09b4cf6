"""Whose browser it is: an id that nobody can guess, in a cookie that no script reads."""

import hashlib
import hmac
import secrets
from typing import Self

from starlette.requests import Request
from starlette.responses import Response


class Browser:
    """One browser, until it is closed. What is kept of it on our side can't be turned back into its cookie."""

    def __init__(self, name: str, secret: str, known: bool) -> None:
        self._name, self._secret, self._known = name, secret, known

    @classmethod
    def of(cls, request: Request) -> Self:
        """The browser that asks; one that comes for the first time gets an id."""
        name = "__Host-session" if request.url.scheme == "https" else "session"
        secret = request.cookies.get(name)
        return cls(name, secret or secrets.token_urlsafe(32), secret is not None)

    @property
    def owner(self) -> str:
        """What a journey of this browser is marked with."""
        return self._digest("owner")

    @property
    def token(self) -> str:
        """What only a page of ours can send with a form: no other site can have it from the cookie."""
        return self._digest("form")

    def sent(self, token: str) -> bool:
        """Whether a form with `token` came from a page of ours."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def remember(self, response: Response) -> None:
        """Gives the browser its id, where it has none."""
        if not self._known:
            secure = self._name.startswith("__Host-")
            response.set_cookie(self._name, self._secret, httponly=True, samesite="lax", secure=secure)

    def _digest(self, what: str) -> str:
        return hashlib.blake2b(what.encode(), key=self._secret.encode()[:64], digest_size=16).hexdigest()
