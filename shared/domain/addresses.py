"""Postal addresses, however written (R15)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz

from shared.domain.text import folded, not_swollen

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_POSTCODE_AT_END = re.compile(r"\b[A-Za-z]{1,2}[0-9][A-Za-z0-9]?\s*[0-9][A-Za-z]{2}\s*$")
_SHORT = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive",
    "cl": "close", "ct": "court", "cres": "crescent", "gdns": "gardens", "gdn": "gardens", "sq": "square",
    "pl": "place", "ter": "terrace", "terr": "terrace", "pk": "park", "hse": "house", "bldg": "building",
    "bldgs": "buildings", "gr": "grove", "grv": "grove", "hts": "heights", "mt": "mount", "est": "estate",
}  # fmt: skip
_SPOKEN = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split(),
        start=1,
    )
}
_TENS = {
    word: 10 * tens
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_FIGURES = {*_SPOKEN, *_TENS}
_UNIT = frozenset("flat apartment apt unit suite room studio number no".split())


MOST_LINES, MOST_CHARACTERS = 10, 500


class Address(BaseModel):
    """A postal address: the lines before the town, the town, the postcode."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lines: tuple[str, ...]
    town: str | None = None
    postcode: str | None = None


def of_a_sensible_size(address: Address) -> Address:
    """`address`. Raises ValueError where it is longer than any can be."""
    written = "".join((*address.lines, address.town or "", address.postcode or ""))
    if len(address.lines) > MOST_LINES or len(written) > MOST_CHARACTERS:
        raise ValueError("is too long")
    not_swollen(written)
    return address


def canonical_postcode(raw: str) -> str | None:
    """`ls11aa` as `LS1 1AA`; None where it is no postcode of the United Kingdom."""
    squeezed = re.sub(r"[\s\-.]", "", raw).upper()
    match = _POSTCODE.fullmatch(squeezed)
    return f"{match[1]} {match[2]}" if match else None


def addresses_match(one: Address, other: Address) -> bool:
    """Whether two addresses are one place however written: short forms, words for numbers, flat before or after house, no town.

    Another flat or house number is another address. Where a postcode is missing, lines and town have to agree.
    """
    postcodes = {canonical_postcode(address.postcode or "") for address in (one, other)}
    known = {postcode for postcode in postcodes if postcode}
    if len(known) > 1:
        return False
    district = next((postcode.split()[0] for postcode in known), "")
    lines = [_without_district(_words(address.lines), district) for address in (one, other)]
    if postcodes == known:
        return _same_premises(*lines)
    towns = {folded(address.town).rstrip(" 0123456789") for address in (one, other) if address.town}
    return len(towns) <= 1 and _same_premises(*lines) and _same_street(*lines)


def is_whole_address(written: str | Address, address: Address) -> bool:
    """Whether `written` says all of `address` and nothing else: every line in order, town and postcode.

    With a postcode the town is not needed. Unlike `addresses_match` nothing that is missing is taken for the same: this is
    for leaving a point out (R12), that for keeping one off.
    """
    return said_in_full(written) in in_full(address)


def said_in_full(written: str | Address) -> str:
    """What `written` says, as `in_full` has it."""
    return _in_full(_read(written) if isinstance(written, str) else written)


def in_full(address: Address) -> set[str]:
    """Each way to say all of `address`."""
    without_town = address.model_copy(update={"town": None}) if address_key(address) else address
    return {_in_full(address), _in_full(without_town)} - {""}


def is_readable(address: Address) -> bool:
    """Whether the lines say anything, or nothing at all was written."""
    return bool(_words(address.lines)) or not _in_full(address)


def address_key(address: Address) -> str:
    """What matching addresses with a postcode have in common: the postcode, or nothing."""
    return canonical_postcode(address.postcode or "") or ""


def _read(text: str) -> Address:
    found = _POSTCODE_AT_END.search(text)
    return Address(lines=(text[: found.start()],), postcode=found[0]) if found else Address(lines=(text,))


def _in_full(address: Address) -> str:
    postcode = address.postcode or ""
    return " ".join(_words([*address.lines, address.town or "", canonical_postcode(postcode) or postcode]))


def _without_district(words: list[str], district: str) -> list[str]:
    """Without an old postal district at the end: in LS1, the 1 of `1 High Street, Leeds 1` is no house number."""
    *before, last = words or [""]
    number = re.sub("[A-Z]", "", district)
    numbered = any(symbol.isdigit() for word in before for symbol in word)
    return before if last == number and numbered and before[-1].isalpha() and before[-1] not in _UNIT else words


def _same_premises(one: list[str], other: list[str]) -> bool:
    """The same house and flat: the same numbers; by name where there are none. In words they count with the street."""
    numbers, others = _numbers(one), _numbers(other)
    if not any(numbers) and not any(others):
        return _same_street(one, other)
    return numbers == others or _same_in_figures(one, other)


def _same_in_figures(one: list[str], other: list[str]) -> bool:
    if _FIGURES.isdisjoint(one) and _FIGURES.isdisjoint(other):
        return False
    one, other = _in_figures(one), _in_figures(other)
    return _numbers(one) == _numbers(other) and _same_street(one, other)


def _same_street(one: list[str], other: list[str]) -> bool:
    first, second = (" ".join(word for word in words if word not in _UNIT) for words in (one, other))
    return bool(first and second) and fuzz.token_set_ratio(first, second, score_cutoff=90) >= 90


def _numbers(words: list[str]) -> tuple[list[int], list[str]]:
    """House and flat numbers and their letters, each in no order: `12b`, `12 b` and `Flat B, 12` are alike."""
    joined = re.sub(r"\b(?:flat|apartment|apt|unit)\s+([a-z])\b", r"0\1", " ".join(words))
    found = re.findall(r"\b([0-9]+)\s?([a-z]?)\b", joined)
    return sorted(int(number) for number, _ in found if int(number)), sorted(letter for _, letter in found if letter)


def _in_figures(words: list[str]) -> list[str]:
    """`twenty one high street` as `21 high street`."""
    figures = list[str]()
    for before, word in pairwise(["", *words]):
        if word in _SPOKEN and before in _TENS:
            figures[-1] = str(_TENS[before] + _SPOKEN[word])
        else:
            figures.append(str(_SPOKEN.get(word) or _TENS.get(word) or word))
    return figures


def _words(lines: Iterable[str]) -> list[str]:
    return [*_words_of(" ".join(lines))]


@lru_cache(maxsize=20_000)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(_SHORT.get(word, word) if place else word for place, word in enumerate(folded(text).split()))
