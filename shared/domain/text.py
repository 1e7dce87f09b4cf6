"""Written words, for comparing, in any script (R9, R15)."""

import unicodedata

LONGEST_WRITTEN_OUT = 600
"""Characters of a line with each letter written out: three for each of 200, as Korean needs. Some signs are eighteen."""


def folded(raw: str) -> str:
    """The words of `raw` apart by one space each, in lower case, without accents, apostrophes or punctuation.

    Vowel signs and other marks that are part of the letters stay. What only decorates or guides goes (accents of Latin,
    Greek and Cyrillic, points of Arabic and Hebrew), and what cannot be seen.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", raw.replace("´", "’")).casefold())
    letters = unicodedata.normalize("NFC", "".join(symbol for symbol in plain if not _left_out(symbol)))
    return " ".join("".join(symbol if _of_a_word(symbol) else " " for symbol in letters).split())


def not_swollen(line: str) -> str:
    """`line`. Raises ValueError where comparing it would take far longer than its length says."""
    if not line.isascii() and len(unicodedata.normalize("NFKD", line)) > LONGEST_WRITTEN_OUT:
        raise ValueError("is too long")
    return line


def _left_out(symbol: str) -> bool:
    accent = "\u0300" <= symbol <= "\u036f"
    point = 10 <= unicodedata.combining(symbol) <= 36  # Unicode's classes for the points of Hebrew, Arabic and Syriac
    variant = "\ufe00" <= symbol <= "\ufe0f" or "\U000e0100" <= symbol <= "\U000e01ef"
    return accent or point or variant or symbol in "’'`.ـ" or unicodedata.category(symbol) in ("Cf", "Me")


def _of_a_word(symbol: str) -> bool:
    return unicodedata.category(symbol)[0] in "LMN"
