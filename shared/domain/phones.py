"""Telephone numbers, however written (R44)."""

import re
import unicodedata

import phonenumbers

_EXTENSION = ";ext="
_LONGEST_EXTENSION = 7
_DIALLED_BEFORE = re.compile(r"(?<!\d)(?:\*67|[*#]31#|1470|141)[\s\-]*(?=\+|0)")
"""What withholds or shows the caller's number: no part of the number that is rung."""
_STRAY_DIGITS = 2


def canonical_phone(raw: str) -> str:
    """One form for one number: E.164 (`+447700900123`), an extension kept (`+441134960123;ext=45`), a short code as digits.

    Raises ValueError, without the value, where it is no number.
    """
    text = _ascii(raw)
    short = re.sub(r"[\s\-]", "", text)
    if re.fullmatch(r"[1-9][0-9]{2,5}", short):
        return short
    if re.search(r"[A-Za-z]", re.sub(r"(?i)(extension|extn|ext|x|tel)\b\.?:?|;ext=|(?<=\d)\s*x(?=\d)", "", text)):
        raise ValueError("is not a telephone number")
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        raise ValueError("is not a telephone number") from None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or len(number.extension or "") > _LONGEST_EXTENSION:  # a long one is a second number
        raise ValueError("is not a telephone number")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{e164}{_EXTENSION}{number.extension}" if number.extension else e164


def phones_in(text: str) -> tuple[list[str], bool]:
    """Every number in `text`, canonical, and whether no digits are left that might be another.

    `mob: 07700 900123 or 07700 900124 (mum), after 6` has two. A digit or two beside a number make none.
    """
    plain, found, whole, left = _ascii(text), list[str](), True, list[str]()
    end = 0
    for match in phonenumbers.PhoneNumberMatcher(plain, "GB", leniency=phonenumbers.Leniency.POSSIBLE):
        left.append(plain[end : match.start])
        end = match.end
        try:
            found.append(canonical_phone(match.raw_string))
        except ValueError:
            whole = False
    stray = sum(symbol.isdigit() for symbol in "".join([*left, plain[end:]]))
    return found, whole and stray <= (_STRAY_DIGITS if found else 0)


def phones_match(blocked: str, contact: str) -> bool:
    """Whether a blocked number covers a contact's; both canonical.

    A block without an extension covers every extension; one with an extension covers that one and the bare number, since
    the switchboard reaches it.
    """
    blocked_number, _, blocked_extension = blocked.partition(_EXTENSION)
    number, _, extension = contact.partition(_EXTENSION)
    return blocked_number == number and (not blocked_extension or not extension or blocked_extension == extension)


def bare_number(canonical: str) -> str:
    """A canonical number without its extension: numbers that match share it."""
    return canonical.partition(_EXTENSION)[0]


def _ascii(raw: str) -> str:
    """Digits of any script as 0-9, spaces and dashes of any kind as plain ones; what cannot be seen is gone."""
    symbols = []
    for symbol in unicodedata.normalize("NFKC", raw):
        category = unicodedata.category(symbol)
        if category == "Nd":
            symbols.append(str(unicodedata.digit(symbol)))
        elif category in ("Pd", "Zs"):
            symbols.append("-" if category == "Pd" else " ")
        elif category not in ("Cf", "Cc"):
            symbols.append(symbol)
    plain = _DIALLED_BEFORE.sub("", "".join(symbols)).strip().rstrip("#*")
    return re.sub(r"^\s*\+?44[\s\-]*\(0\)", "+44 ", plain)
