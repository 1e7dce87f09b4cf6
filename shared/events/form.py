"""What a request says (R1-R3, R26): the form that the web page, agencies and operators fill in alike."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.domain.addresses import Address
from shared.domain.identifiers import PrisonerNumber, PrisonId

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class Form(BaseModel):
    """A part of a form; what it does not know is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Role(StrEnum):
    """Who asks (R1)."""

    VICTIM = "victim"
    WITNESS = "witness"
    POLICE = "police"
    PROBATION = "probation"
    VICTIM_SERVICES = "victim_services"
    FRIEND = "friend"
    FAMILY = "family"
    OTHER = "other"

    @property
    def agency(self) -> bool:
        """Police and probation, as they say."""
        return self in (Role.POLICE, Role.PROBATION)


class Consent(StrEnum):
    """Whether the protected person agreed."""

    SELF = "self"
    GIVEN = "given"
    NOT_GIVEN = "not_given"


class GroundsKind(StrEnum):
    """Why there is a request without consent (R3)."""

    SAFEGUARDING = "safeguarding"
    COURT_ORDER = "court_order"
    BAIL_CONDITION = "bail_condition"

    @property
    def order(self) -> bool:
        """Made by a court: in force whatever the victim wishes (R45)."""
        return self in (GroundsKind.COURT_ORDER, GroundsKind.BAIL_CONDITION)


class PreferredContact(StrEnum):
    """How the requester wants to hear (R26)."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"


class SafeToContact(Form):
    """When and how it is safe to reach the requester (R26); London clock times."""

    not_before: time | None = None
    not_after: time | None = None
    no_voicemail: bool = False
    subject_alias: Line | None = None
    notes: Words | None = None


class Requester(Form):
    """Who asks, and how to reach them (R2)."""

    name: Line
    role: Role
    organisation: Line | None = None
    relation: Line | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    preferred_contact: PreferredContact | None = None
    safe_to_contact: SafeToContact | None = None


class Grounds(Form):
    """Why there is a request without consent (R3)."""

    kind: GroundsKind
    rationale: Words
    court: Line | None = None
    ordered_on: date | None = None
    ends_on: date | None = None


class PrisonerDetails(Form):
    """Whom the request is about, as far as the requester knows."""

    name: Line
    number: PrisonerNumber | None = None
    date_of_birth: date | None = None
    believed_prison: PrisonId | None = None


class ProtectedPerson(Form):
    """Who must not be contacted: all names used, numbers and addresses, canonical (R2, R44)."""

    name: Line
    other_names: tuple[Line, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    emails: tuple[str, ...] = ()


class ContactRequest(Form):
    """One request that a prisoner must not contact one or more protected people."""

    external_id: Line | None = None
    requester: Requester
    consent: Consent
    grounds: Grounds | None = None
    prisoner: PrisonerDetails
    protected_people: tuple[ProtectedPerson, ...]
    cps_urn: str | None = None
    crime_reference: Line | None = None
