"""E-mail addresses."""

import re
import unicodedata

_MAILTO = re.compile(r"^mailto:")
_QUOTES = "'‘’`"
_EMAIL = re.compile(r"[^@\s\"<>(),;:\\]{1,64}@([a-z0-9_]([a-z0-9\-_]{0,62}[a-z0-9])?\.)+[a-z][a-z0-9\-]{0,61}[a-z0-9]")


def canonical_email(raw: str) -> str:
    """An address in lower case without spaces or quotes around. Dots and plus-tags are kept: they can be other mailboxes.

    Raises ValueError, without the value, where it is none.
    """
    address = _MAILTO.sub("", _plain(raw).strip()).strip(_QUOTES)
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise ValueError("is not an e-mail address")
    return address


def emails_in(text: str) -> tuple[list[str], str]:
    """Every e-mail address in `text`, canonical, and what else it says: `Jane <jane@example.org>` has one."""
    plain = _plain(text)
    found = [match[0].lstrip(_QUOTES) for match in _EMAIL.finditer(plain) if len(match[0]) <= 254]
    return found, _EMAIL.sub(" ", plain)


def _plain(text: str) -> str:
    symbols = unicodedata.normalize("NFKC", text).lower()
    return symbols if symbols.isascii() else "".join(s for s in symbols if unicodedata.category(s) != "Cf")
