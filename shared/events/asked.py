"""The forms as outside parties fill them in: the contract's fields, made canonical (R2, R36, R44)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator
from pydantic.config import JsonDict

from shared.domain.addresses import MOST_LINES, Address, canonical_postcode, of_a_sensible_size
from shared.domain.emails import canonical_email
from shared.domain.identifiers import canonical_cps_urn, canonical_prisoner_number
from shared.domain.phones import canonical_phone
from shared.domain.prisons import find_prison
from shared.domain.references import canonical_reference
from shared.domain.text import not_swollen
from shared.domain.working_days import parse_time
from shared.events.breaches import BreachReport, Reporter
from shared.events.envelope import Event
from shared.events.form import (
    MOST_POINTS,
    ContactRequest,
    Grounds,
    PrisonerDetails,
    ProtectedPerson,
    Requester,
    SafeToContact,
    Words,
)
from shared.events.submissions import BreachReportReceived, ContactRequestReceived

MOST_PEOPLE = 20
LONGEST = 10_000
"""Characters of any one field; what is longer is not looked at."""
JOINERS = "\u200c\u200d"
"""They cannot be seen and yet are part of how names are spelled in Persian, Sinhala and other scripts."""
_ELSEWHERE = re.compile(
    r"://|\bwww\.|\S@[^\s@]+\.\S|\w\.(?:com|net|org|uk|info|io|co|me|ly|ru|cn|xyz|site|online|app|link|top|click)\b"
    r"|\+(?:[\s().\-]*\d){9}|(?<!\w)0(?:[\s().\-]*\d){9,10}(?!\w)",
    re.IGNORECASE,
)
"""A link, an e-mail address, a telephone number."""
T = TypeVar("T")


def _text(change: Callable[[str], T]) -> Callable[[Any], Any]:
    """`change` for text; anything else is left for the type to refuse."""
    return lambda value: change(value) if isinstance(value, str) else value


def one_line(text: str) -> str:
    """`text` in any script on one line: spaces collapsed, what cannot be seen gone. One that is too long stays as it is."""
    if len(text) > LONGEST:
        return text
    words = "".join(_visible(symbol) for symbol in text).split()
    return " ".join(bare for word in words if (bare := word.strip(JOINERS)))


def _visible(symbol: str) -> str:
    if symbol.isprintable() or symbol in JOINERS:
        return symbol
    return "" if unicodedata.category(symbol) == "Cf" else " "


def is_blank(value: object) -> bool:
    """Whether nothing was said: a field left empty is a field left out (R2)."""
    return not (one_line(value) if isinstance(value, str) else value)


def _empty_is_missing(value: Any) -> Any:
    return None if isinstance(value, str) and is_blank(value) else value


def _sure(found: T | None, fault: str) -> T:
    if found is None:
        raise ValueError(fault)
    return found


def _sensible(day: date) -> date:
    if not 1900 <= day.year <= 2100:
        raise ValueError("is not a sensible date")
    return day


def _without_offset(clock_time: time) -> time:
    if clock_time.tzinfo:
        raise ValueError("is London time: leave the offset out")
    return clock_time


def _written(read: Callable[[str], T], fault: str) -> BeforeValidator:
    """Dates and times come as text: a number is not taken for seconds since 1970, and no fault repeats the value (R42)."""

    def written(value: Any) -> T:
        try:
            return read(value)
        except (TypeError, ValueError):
            raise ValueError(fault) from None

    return BeforeValidator(written)


def _entries(least: int, most: int) -> BeforeValidator:
    """Counted before any is looked at: pydantic's own check counts those without a fault, and looks at all."""

    def counted(value: Any) -> Any:
        if isinstance(value, list | tuple) and len(value) < least:
            raise ValueError("needs at least one")
        if isinstance(value, list | tuple) and len(value) > most:
            raise ValueError(f"has too many entries: at most {most}")
        return value

    return BeforeValidator(counted)


def _named(text: str) -> str:
    if not any(symbol.isalpha() for symbol in text):
        raise ValueError("should be a name")
    return text


def _nothing_else(text: str) -> str:
    """The prisoner is told it (R16), so it is no message to them; nor is it one to whom our mails go."""
    if _ELSEWHERE.search(text):
        raise ValueError("should hold no link, e-mail address or telephone number")
    return text


def _postcode(text: str) -> str:
    return _sure(canonical_postcode(text), "is not a postcode")


def _number(text: str) -> str:
    return _sure(canonical_prisoner_number(text), "should be a letter, four digits and two letters")


def _prison(text: str) -> str:
    return _sure(find_prison(text), "is not a prison that we know").prison_id


def _reference(text: str) -> str:
    """As we write it; one that is misspelled stays as it is and is nobody's, like one that was never given out (R42)."""
    return canonical_reference(text) or text


def _urn(text: str) -> str:
    return _sure(canonical_cps_urn(text) or None, "is not a CPS URN")


def _safe(value: Any) -> Any:
    """Words say how to be safe as well as fields do."""
    return {"notes": value} if isinstance(value, str) and not is_blank(value) else _empty_is_missing(value)


Missing = BeforeValidator(_empty_is_missing)
Text = Annotated[str, BeforeValidator(_text(one_line)), Field(max_length=200), AfterValidator(not_swollen)]
Line = Annotated[Text, Field(min_length=1)]
Name = Annotated[Line, AfterValidator(_named)]
Told = Annotated[Name, AfterValidator(_nothing_else)]
Short = Annotated[Text | None, Missing]
Bounded = Annotated[str, Field(max_length=200)]
Phone = Annotated[str, Field(max_length=100), AfterValidator(canonical_phone)]
Email = Annotated[str, Field(max_length=300), AfterValidator(canonical_email)]
Number = Annotated[Annotated[Bounded, AfterValidator(_number)] | None, Missing]
Prison = Annotated[Annotated[Bounded, AfterValidator(_prison)] | None, Missing]
Urn = Annotated[Annotated[str, Field(max_length=50), AfterValidator(_urn)] | None, Missing]
Day = Annotated[date, _written(date.fromisoformat, "should be a date: YYYY-MM-DD"), AfterValidator(_sensible)]
ClockTime = Annotated[time, _written(time.fromisoformat, "should be a time: HH:MM"), AfterValidator(_without_offset)]
Instant = Annotated[datetime, _written(parse_time, "should be a date and time: 2026-11-23T09:00:00Z")]
Few = Annotated[tuple[T, ...], Field(max_length=MOST_POINTS), _entries(0, MOST_POINTS)]
SOME: JsonDict = {"minItems": 1}


class AddressAsked(Address):
    """An address with at least one line, and a postcode that is one."""

    lines: Annotated[tuple[Line, ...], Field(max_length=MOST_LINES, json_schema_extra=SOME), _entries(1, MOST_LINES)]
    town: Short = None
    postcode: Annotated[Annotated[Bounded, AfterValidator(_postcode)] | None, Missing] = None

    @model_validator(mode="after")
    def _sensible(self) -> "AddressAsked":
        of_a_sensible_size(self)
        return self


class SafeToContactAsked(SafeToContact):
    """When and how it is safe to reach the requester."""

    not_before: Annotated[ClockTime | None, Missing] = None
    not_after: Annotated[ClockTime | None, Missing] = None
    subject_alias: Annotated[Annotated[Text, AfterValidator(_nothing_else)] | None, Missing] = None
    notes: Annotated[Words | None, Missing] = None


class RequesterAsked(Requester):
    """Who asks."""

    name: Name
    organisation: Short = None
    relation: Short = None
    email: Annotated[Email | None, Missing] = None
    phone: Annotated[Phone | None, Missing] = None
    address: AddressAsked | None = None
    safe_to_contact: Annotated[
        SafeToContactAsked | None, BeforeValidator(_safe, json_schema_input_type=SafeToContactAsked | str | None)
    ] = None


class GroundsAsked(Grounds):
    """Why there is a request without consent."""

    court: Short = None
    ordered_on: Day | None = None
    ends_on: Day | None = None


class PrisonerAsked(PrisonerDetails):
    """Whom it is about."""

    name: Name
    number: Number = None
    date_of_birth: Day | None = None
    believed_prison: Prison = None


class ProtectedPersonAsked(ProtectedPerson):
    """Who must not be contacted."""

    name: Told
    other_names: Few[Name] = ()
    phones: Few[Phone] = ()
    addresses: Few[AddressAsked] = ()
    emails: Few[Email] = ()


class ContactRequestAsked(ContactRequest):
    """The body of a contact request (CONTRACT.md)."""

    external_id: Short = None
    requester: RequesterAsked
    grounds: GroundsAsked | None = None
    prisoner: PrisonerAsked
    protected_people: Annotated[
        tuple[ProtectedPersonAsked, ...],
        Field(max_length=MOST_PEOPLE, json_schema_extra=SOME),
        _entries(1, MOST_PEOPLE),
    ]
    cps_urn: Urn = None
    crime_reference: Short = None


class ReporterAsked(Reporter):
    """Who reports a breach; all of it may be missing."""

    name: Short = None
    phone: Annotated[Phone | None, Missing] = None
    email: Annotated[Email | None, Missing] = None


class BreachReportAsked(BreachReport):
    """The body of a breach report (CONTRACT.md)."""

    external_id: Short = None
    reference: Annotated[Annotated[Bounded, AfterValidator(_reference)] | None, Missing] = None
    reporter: ReporterAsked | None = None
    prisoner: PrisonerAsked | None = None
    protected_person: Annotated[Name | None, Missing] = None
    happened_at: Annotated[Instant | None, Missing] = None
    contact_used: Short = None
    cps_urn: Urn = None


FORMS: Mapping[type[Event], type[BaseModel]] = {
    ContactRequestReceived: ContactRequestAsked,
    BreachReportReceived: BreachReportAsked,
}
"""What to fill in, for what is taken as it comes."""
