"""E-mail addresses."""

import re

_EMAIL = re.compile(r"[^@\s\"<>(),;:\\]{1,64}@([a-z0-9_]([a-z0-9\-_]{0,62}[a-z0-9])?\.)+[a-z][a-z0-9\-]{0,61}[a-z0-9]")


def canonical_email(raw: str) -> str:
    """An address in lower case without spaces around. Dots and plus-tags are kept: they can be other mailboxes.

    Raises ValueError, without the value, where it is none.
    """
    address = raw.strip().removeprefix("mailto:").lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise ValueError("is not an e-mail address")
    return address
