"""JSON from outside, read so that nobody can read it otherwise."""

from typing import Any

from jiter import from_json

from shared.events.envelope import Unreadable

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TWICE = "Detected duplicate key"
"""How jiter begins to say so."""


def read_json(data: bytes) -> Any:
    """What `data` says: JSON in UTF-8, at most 200 levels deep, without NaN and lone surrogates, each field of an object once.

    Raises Unreadable.
    """
    try:
        return from_json(
            data.removeprefix(BYTE_ORDER_MARK), allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="keys"
        )
    except ValueError as error:
        # A program that takes the first of two and one that takes the last would act on different prisoners (R9).
        why = "a field twice" if str(error).startswith(TWICE) else "no JSON"
        raise Unreadable(f"not as the contract says: {why}") from None
