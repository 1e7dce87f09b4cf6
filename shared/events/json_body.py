"""JSON from outside, read so that nobody can read it otherwise."""

import json
from typing import Any

from pydantic_core import from_json

from shared.events.envelope import Unreadable

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_json(data: bytes) -> Any:
    """What `data` says: JSON in UTF-8, at most 200 levels deep, without NaN and lone surrogates, each field of an object once.

    Raises Unreadable.
    """
    text = data.removeprefix(BYTE_ORDER_MARK)
    try:
        from_json(text, allow_inf_nan=False)  # the standard library takes more for JSON than JSON is
    except ValueError:
        raise Unreadable("not as the contract says: no JSON") from None
    return _decoder.decode(text.decode())


def _each_once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """A program that takes the first of two and one that takes the last would act on different prisoners (R9)."""
    said = dict(fields)
    if len(said) < len(fields):
        raise Unreadable("not as the contract says: a field twice")
    return said


_decoder = json.JSONDecoder(object_pairs_hook=_each_once)
