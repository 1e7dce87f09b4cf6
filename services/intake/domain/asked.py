"""The forms as outside parties fill them in: the contract's fields, made canonical (R2, R36, R44)."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from shared.domain.addresses import Address, canonical_postcode
from shared.domain.emails import canonical_email
from shared.domain.identifiers import canonical_cps_urn, canonical_prisoner_number
from shared.domain.phones import canonical_phone
from shared.domain.prisons import find_prison
from shared.domain.references import canonical_reference
from shared.events.breaches import BreachReport, Reporter
from shared.events.envelope import Moment
from shared.events.form import ContactRequest, Grounds, PrisonerDetails, ProtectedPerson, Requester, SafeToContact

MOST_PEOPLE, MOST_POINTS = 20, 50
T = TypeVar("T")


def _text(change: Callable[[str], T]) -> Callable[[Any], Any]:
    """`change` for text; anything else is left for the type to refuse."""
    return lambda value: change(value) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    return " ".join("".join(symbol if symbol.isprintable() else " " for symbol in text).split())


def _empty_is_missing(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _sure(found: T | None, fault: str) -> T:
    if found is None:
        raise ValueError(fault)
    return found


def _sensible(day: date) -> date:
    if not 1900 <= day.year <= 2100:
        raise ValueError("is not a sensible date")
    return day


def _written_out(value: Any) -> Any:
    """Dates come as text: a number is not taken for seconds since 1970."""
    if value is not None and not isinstance(value, str):
        raise ValueError("should be a date: YYYY-MM-DD")
    return value


def _some(value: Any) -> Any:
    """Asked before the entries are looked at: pydantic's own check counts only those without a fault."""
    if isinstance(value, list | tuple) and not value:
        raise ValueError("needs at least one")
    return value


def _postcode(text: str) -> str:
    return _sure(canonical_postcode(text), "is not a postcode")


def _number(text: str) -> str:
    return _sure(canonical_prisoner_number(text), "should be a letter, four digits and two letters")


def _prison(text: str) -> str:
    return _sure(find_prison(text), "is not a prison that we know").prison_id


def _reference(text: str) -> str:
    return _sure(canonical_reference(text), "is not a reference of ours: please check it")


def _urn(text: str) -> str:
    return _sure(canonical_cps_urn(text) or None, "is not a CPS URN")


def _safe(value: Any) -> Any:
    """Words say how to be safe as well as fields do."""
    return {"notes": value} if isinstance(value, str) and value.strip() else _empty_is_missing(value)


Missing = BeforeValidator(_empty_is_missing)
Name = Annotated[str, BeforeValidator(_text(_one_line)), Field(min_length=1, max_length=200)]
Short = Annotated[Annotated[str, BeforeValidator(_text(_one_line)), Field(max_length=200)] | None, Missing]
Phone = Annotated[str, Field(max_length=100), AfterValidator(canonical_phone)]
Email = Annotated[str, Field(max_length=300), AfterValidator(canonical_email)]
Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_sensible)]
Points = Field(default=(), max_length=MOST_POINTS)


class AddressAsked(Address):
    """An address with at least one line, and a postcode that is one."""

    lines: Annotated[tuple[Name, ...], Field(max_length=10), BeforeValidator(_some)]
    town: Short = None
    postcode: Annotated[Annotated[str, AfterValidator(_postcode)] | None, Missing] = None


class SafeToContactAsked(SafeToContact):
    """When and how it is safe to reach the requester."""

    subject_alias: Short = None


class RequesterAsked(Requester):
    """Who asks."""

    name: Name
    organisation: Short = None
    relation: Short = None
    email: Annotated[Email | None, Missing] = None
    phone: Annotated[Phone | None, Missing] = None
    address: AddressAsked | None = None
    safe_to_contact: Annotated[SafeToContactAsked | None, BeforeValidator(_safe)] = None


class GroundsAsked(Grounds):
    """Why there is a request without consent."""

    court: Short = None
    ordered_on: Day | None = None
    ends_on: Day | None = None


class PrisonerAsked(PrisonerDetails):
    """Whom it is about."""

    name: Name
    number: Annotated[Annotated[str, AfterValidator(_number)] | None, Missing] = None
    date_of_birth: Day | None = None
    believed_prison: Annotated[Annotated[str, AfterValidator(_prison)] | None, Missing] = None


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
    cps_urn: Annotated[Annotated[str, AfterValidator(_urn)] | None, Missing] = None
    crime_reference: Short = None


class ReporterAsked(Reporter):
    """Who reports a breach; all of it may be missing."""

    name: Short = None
    phone: Annotated[Phone | None, Missing] = None
    email: Annotated[Email | None, Missing] = None


class BreachReportAsked(BreachReport):
    """The body of a breach report (CONTRACT.md)."""

    external_id: Short = None
    reference: Annotated[Annotated[str, AfterValidator(_reference)] | None, Missing] = None
    reporter: ReporterAsked | None = None
    prisoner: PrisonerAsked | None = None
    protected_person: Short = None
    happened_at: Moment | None = None
    contact_used: Short = None
    cps_urn: Annotated[Annotated[str, AfterValidator(_urn)] | None, Missing] = None
