"""The forms as outside parties fill them in: the contract's fields, made canonical (R2, R36, R44)."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from shared.domain.addresses import Address, canonical_postcode
from shared.domain.emails import canonical_email
from shared.domain.identifiers import canonical_cps_urn, canonical_prisoner_number
from shared.domain.phones import canonical_phone
from shared.domain.prisons import find_prison
from shared.domain.references import canonical_reference
from shared.domain.working_days import parse_time
from shared.events.breaches import BreachReport, Reporter
from shared.events.form import (
    ContactRequest,
    Grounds,
    PrisonerDetails,
    ProtectedPerson,
    Requester,
    SafeToContact,
    Words,
)

MOST_PEOPLE, MOST_POINTS = 20, 50
JOINERS = "\u200c\u200d"
"""They cannot be seen and yet are part of how names are spelled in Persian, Sinhala and other scripts."""
T = TypeVar("T")


def _text(change: Callable[[str], T]) -> Callable[[Any], Any]:
    """`change` for text; anything else is left for the type to refuse."""
    return lambda value: change(value) if isinstance(value, str) else value


def one_line(text: str) -> str:
    """`text` in any script on one line: spaces collapsed, what cannot be seen gone."""
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


def _some(value: Any) -> Any:
    """Asked before the entries are looked at: pydantic's own check counts only those without a fault."""
    if isinstance(value, list | tuple) and not value:
        raise ValueError("needs at least one")
    return value


def _named(text: str) -> str:
    if not any(symbol.isalpha() for symbol in text):
        raise ValueError("should be a name")
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
Line = Annotated[str, BeforeValidator(_text(one_line)), Field(min_length=1, max_length=200)]
Name = Annotated[Line, AfterValidator(_named)]
Short = Annotated[Annotated[str, BeforeValidator(_text(one_line)), Field(max_length=200)] | None, Missing]
Bounded = Annotated[str, Field(max_length=200)]
Phone = Annotated[str, Field(max_length=100), AfterValidator(canonical_phone)]
Email = Annotated[str, Field(max_length=300), AfterValidator(canonical_email)]
Number = Annotated[Annotated[Bounded, AfterValidator(_number)] | None, Missing]
Prison = Annotated[Annotated[Bounded, AfterValidator(_prison)] | None, Missing]
Urn = Annotated[Annotated[str, Field(max_length=50), AfterValidator(_urn)] | None, Missing]
Day = Annotated[date, _written(date.fromisoformat, "should be a date: YYYY-MM-DD"), AfterValidator(_sensible)]
ClockTime = Annotated[time, _written(time.fromisoformat, "should be a time: HH:MM"), AfterValidator(_without_offset)]
Instant = Annotated[datetime, _written(parse_time, "should be a date and time: 2026-11-23T09:00:00Z")]
Points = Field(default=(), max_length=MOST_POINTS)


class AddressAsked(Address):
    """An address with at least one line, and a postcode that is one."""

    lines: Annotated[tuple[Line, ...], Field(max_length=10), BeforeValidator(_some)]
    town: Short = None
    postcode: Annotated[Annotated[Bounded, AfterValidator(_postcode)] | None, Missing] = None


class SafeToContactAsked(SafeToContact):
    """When and how it is safe to reach the requester."""

    not_before: Annotated[ClockTime | None, Missing] = None
    not_after: Annotated[ClockTime | None, Missing] = None
    subject_alias: Short = None
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

    name: Name
    other_names: Annotated[tuple[Name, ...], Points] = ()
    phones: Annotated[tuple[Phone, ...], Points] = ()
    addresses: Annotated[tuple[AddressAsked, ...], Points] = ()
    emails: Annotated[tuple[Email, ...], Points] = ()


class ContactRequestAsked(ContactRequest):
    """The body of a contact request (CONTRACT.md)."""

    external_id: Short = None
    requester: RequesterAsked
    grounds: GroundsAsked | None = None
    prisoner: PrisonerAsked
    protected_people: Annotated[tuple[ProtectedPersonAsked, ...], Field(max_length=MOST_PEOPLE), BeforeValidator(_some)]
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
