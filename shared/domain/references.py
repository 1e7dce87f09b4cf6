"""The short reference of a request: can be read out on the telephone and notices a slip (R4)."""

import hashlib
import re

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 symbols, a prime number: no 0/O, no 1/I/L."""
_SYMBOLS = 9


def reference_for(request_id: str, attempt: int = 0) -> str:
    """`UPC-7KQ-M2X-WDHC` for a request; the next `attempt` where that one is taken already."""
    number = int.from_bytes(hashlib.blake2b(f"{request_id}/{attempt}".encode(), digest_size=16).digest())
    symbols = ""
    for _ in range(_SYMBOLS):
        number, place = divmod(number, len(ALPHABET))
        symbols += ALPHABET[place]
    return _written(symbols + _check(symbols))


def canonical_reference(text: str) -> str | None:
    """A reference however it was typed or heard; None where a symbol is wrong or two have changed places."""
    symbols = re.sub(r"[\s\-]", "", text).upper()
    if len(symbols) == len("UPC") + _SYMBOLS + 1:
        symbols = symbols.removeprefix("UPC")
    if len(symbols) != _SYMBOLS + 1 or not set(symbols) <= set(ALPHABET):
        return None
    return _written(symbols) if _check(symbols[:-1]) == symbols[-1] else None


def _check(symbols: str) -> str:
    """Each place has a weight of its own modulo a prime, so that one wrong symbol or a swap always shows."""
    total = sum(weight * ALPHABET.index(symbol) for weight, symbol in enumerate(symbols, start=2))
    return ALPHABET[total % len(ALPHABET)]


def _written(symbols: str) -> str:
    return f"UPC-{symbols[:3]}-{symbols[3:6]}-{symbols[6:]}"
