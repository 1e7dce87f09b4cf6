"""Answers as JSON: what stands at a place, and the same with something else there."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

Place = Sequence[str | int]
"""`("requester", "name")`, the JSON pointer `/requester/name` in its parts."""


def value_at(body: Any, place: Place) -> Any:
    """What stands at `place`; None where nothing does."""
    for part in place:
        if isinstance(part, int):
            body = body[part] if isinstance(body, Sequence) and part < len(body) else None
        else:
            body = body.get(part) if isinstance(body, Mapping) else None
    return body


def with_value(body: Any, place: Place, value: Any) -> Any:
    """`body` with `value` at `place`; None takes away what was there."""
    if not place:
        return value
    part, *rest = place
    if isinstance(part, int):
        return [with_value(item, rest, value) if here == part else item for here, item in enumerate(body)]
    inner = with_value((body or {}).get(part), rest, value)
    kept = {name: item for name, item in (body or {}).items() if name != part}
    return kept if inner is None else kept | {part: inner}


def place(written: str) -> Place:
    """`lines/0` as `("lines", 0)`."""
    return tuple(int(part) if part.isdecimal() else part for part in written.split("/") if part)


def pointer(place: Place) -> str:
    """`place` as a fault names it."""
    return "".join(f"/{part}" for part in place)


def digest_of(body: Any) -> str:
    """What tells whether the answers are still those that somebody saw."""
    return hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=16).hexdigest()
