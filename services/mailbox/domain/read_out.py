"""What can be read out of a mail for whoever takes it in. Nothing is put right and nothing invented: each stands in the mail."""

import re
from collections.abc import Callable, Iterable

import phonenumbers

from shared.domain.addresses import canonical_postcode
from shared.domain.emails import canonical_email
from shared.domain.identifiers import canonical_prisoner_number
from shared.domain.phones import canonical_phone
from shared.domain.references import canonical_reference
from shared.events.mail import MOST_READ_OUT, ReadOut

LOOKED_AT = 20_000
"""Characters: what somebody asks for stands in the beginning."""
LONGEST = 200
"""Characters of what is read out."""
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][ \-]?\d{4}[ \-]?[A-Za-z]{2}(?![A-Za-z0-9])")
_REFERENCE = re.compile(
    r"(?<![A-Za-z0-9])UPC[ \-]{0,2}(?:[A-Za-z0-9][ \-]{0,2}){9}[A-Za-z0-9](?![A-Za-z0-9])", re.IGNORECASE
)
_EMAIL = re.compile(r"(?<![\w.+\-@])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}")
_POSTCODE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d[A-Za-z0-9]? ?\d[A-Za-z]{2}(?![A-Za-z0-9])")
_PRISONER = re.compile(
    r"(?im)^[ \t>*\-]*(?:the )?(?:prisoner|inmate|offender)(?:'s|’s)?(?: full)?(?: name)?(?: is)?[ \t]*[:=][ \t]*([^\n]{2,200})$"
)
_PROTECTED = re.compile(
    r"(?im)^[ \t>*\-]*(?:protected person|person to protect|victim)(?:'s|’s)?(?: full)?(?: name)?(?: is)?[ \t]*[:=]"
    r"[ \t]*([^\n]{2,200})$"
)
_NAME = re.compile(r"(?:my|full|your)? ?\bname(?: is)?[ \t]*[:=][ \t]*([^\n]{2,200})$", re.IGNORECASE | re.MULTILINE)


def read_out(subject: str, text: str, sender_name: str) -> ReadOut:
    """What stands in the subject and the beginning of the text, each once."""
    said = f"{subject}\n{text[:LOOKED_AT]}"
    prisoner_numbers = _each(found for found in _NUMBER.findall(said) if canonical_prisoner_number(found))
    return ReadOut(
        name=sender_name or _name(_NAME, said),
        prisoner_name=_name(_PRISONER, said),
        protected_name=_name(_PROTECTED, said),
        prisoner_numbers=prisoner_numbers,
        references=_each(found for found in _REFERENCE.findall(said) if canonical_reference(found)),
        phones=_each(_phones(_REFERENCE.sub(" | ", said))),
        emails=_each(found for found in _EMAIL.findall(said) if _is(canonical_email, found)),
        postcodes=_each(found for found in _POSTCODE.findall(said) if canonical_postcode(found)),
    )


def _phones(said: str) -> Iterable[str]:
    """As the field's own library finds numbers in text; what it takes for one and is none to us is left."""
    for match in phonenumbers.PhoneNumberMatcher(said, "GB", leniency=phonenumbers.Leniency.POSSIBLE):
        if match.raw_string.lstrip("( ")[:1] in ("0", "+") and _is(canonical_phone, match.raw_string):
            yield match.raw_string


def _is(read: Callable[[str], object], written: str) -> bool:
    try:
        return bool(read(written))
    except ValueError:
        return False


def _name(pattern: re.Pattern[str], said: str) -> str:
    """The words after a label on a line of its own; not where they are a sentence or a number."""
    for match in pattern.finditer(said):
        words = match[1].strip()
        if 1 <= len(words.split()) <= 6 and not any(sign.isdigit() or sign in "@:;?!" for sign in words):
            return words
    return ""


def _each(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in found if len(value) <= LONGEST))[:MOST_READ_OUT]
