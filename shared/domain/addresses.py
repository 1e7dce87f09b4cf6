"""Postal addresses, however written (R15)."""

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz

from shared.domain.text import folded

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_POSTCODE_AT_END = re.compile(r"\b[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2}\s*$")
_SHORT = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive",
    "cl": "close", "ct": "court", "cres": "crescent", "gdns": "gardens", "gdn": "gardens", "sq": "square",
    "pl": "place", "ter": "terrace", "terr": "terrace", "pk": "park", "hse": "house", "bldg": "building",
    "bldgs": "buildings", "gr": "grove", "grv": "grove", "hts": "heights", "mt": "mount", "est": "estate",
}  # fmt: skip
_UNIT = frozenset("flat apartment apt unit suite room studio number no".split())


class Address(BaseModel):
    """A postal address: the lines before the town, the town, the postcode."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lines: tuple[str, ...]
    town: str | None = None
    postcode: str | None = None


def canonical_postcode(raw: str) -> str | None:
    """`ls11aa` as `LS1 1AA`; None where it is no postcode of the United Kingdom."""
    squeezed = re.sub(r"[\s\-.]", "", raw).upper()
    match = _POSTCODE.fullmatch(squeezed)
    return f"{match[1]} {match[2]}" if match else None


def addresses_match(one: Address, other: Address) -> bool:
    """Whether two addresses are one place however written: short forms, order of flat and house, missing town or county.

    Another flat or house number is another address. Where a postcode is missing, lines and town have to agree.
    """
    postcodes = {canonical_postcode(address.postcode or "") for address in (one, other)}
    known = postcodes - {None}
    if len(known) > 1:
        return False
    if postcodes == known:
        return _same_premises(one, other)
    towns = {folded(address.town) for address in (one, other) if address.town}
    return len(towns) <= 1 and _same_premises(one, other) and _same_street(one, other)


def is_whole_address(written: str | Address, address: Address) -> bool:
    """Whether `written` says all of `address` and nothing else: every line in order, town and postcode.

    With a postcode the town is not needed. Unlike `addresses_match` nothing that is missing is taken for the same: this is
    for leaving a point out (R12), that for keeping one off.
    """
    said = _in_full(_read(written) if isinstance(written, str) else written)
    if said == _in_full(address):
        return bool(said)
    return bool(address_key(address)) and said == _in_full(address.model_copy(update={"town": None}))


def address_key(address: Address) -> str:
    """What matching addresses with a postcode have in common: the postcode, or nothing."""
    return canonical_postcode(address.postcode or "") or ""


def _read(text: str) -> Address:
    found = _POSTCODE_AT_END.search(text)
    return Address(lines=(text[: found.start()],), postcode=found[0]) if found else Address(lines=(text,))


def _in_full(address: Address) -> list[str]:
    postcode = address.postcode or ""
    return _words([*address.lines, address.town or "", canonical_postcode(postcode) or postcode])


def _same_premises(one: Address, other: Address) -> bool:
    """The same house and flat: the same numbers; by name where there are none."""
    numbers, others = (_numbers(address.lines) for address in (one, other))
    if numbers or others:
        return numbers == others
    return _same_street(one, other)


def _same_street(one: Address, other: Address) -> bool:
    first, second = (" ".join(word for word in _words(address.lines) if word not in _UNIT) for address in (one, other))
    return bool(first and second) and fuzz.token_set_ratio(first, second) >= 90


def _numbers(lines: Iterable[str]) -> list[str]:
    """House and flat numbers, `12b` and `12 b` alike, in no order."""
    joined = re.sub(r"\b([0-9]+)\s+([a-z])\b", r"\1\2", " ".join(_words(lines)))
    lettered = re.sub(r"\b(?:flat|apartment|apt|unit)\s+([a-z])\b", r"0\1", joined)
    return sorted(re.findall(r"\b[0-9]+[a-z]?\b", lettered))


def _words(lines: Iterable[str]) -> list[str]:
    words = folded(" ".join(lines)).split()
    return [_SHORT.get(word, word) if place else word for place, word in enumerate(words)]
