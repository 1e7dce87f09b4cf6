"""What prison estates ask: may this prisoner reach X, the list of blocks, the social contacts list (R15, R19)."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.blocking.domain.contacts import ON_HAND
from services.blocking.domain.matching import Someone
from services.blocking.domain.picture import Answer, Picture
from services.blocking.domain.points import without_helplines
from services.blocking.domain.state import PrisonerBlocks, prisoner
from shared.domain.access import Action, Whose
from shared.domain.addresses import Address, canonical_postcode
from shared.domain.contact_points import ContactPoints
from shared.domain.emails import canonical_email
from shared.domain.identifiers import PrisonerNumber, canonical_prisoner_number
from shared.domain.phones import canonical_phone
from shared.events.blocks import BlockListChanged
from shared.events.contacts import ContactOutcome
from shared.events.form import Form
from shared.events.inbound import ContactKind, SocialContact
from shared.events.requests import Fault
from shared.runtime.audit.looking import looked_at
from shared.runtime.callers import REFUSED, Permit, not_there
from shared.runtime.problems import Problem, problem
from shared.runtime.service import Service

NOT_NOW = problem("Not possible right now: try again after `Retry-After`")
Asked = Annotated[str | None, Query(max_length=200)]


class ListedContact(SocialContact):
    """A contact on the list, or waiting for a person."""

    outcome: ContactOutcome


class SocialContacts(Form):
    """A prisoner's social contacts list as it now stands."""

    prisoner_number: PrisonerNumber
    contacts: tuple[ListedContact, ...]


def number_in_path(number: str) -> str:
    """A prisoner number however written (R36)."""
    canonical = canonical_prisoner_number(number)
    if canonical is None:
        raise _problem([_fault("number", "is a letter, four digits and two letters")])
    return canonical


def question(
    phone: Asked = None,
    postcode: Asked = None,
    line: Asked = None,
    email: Asked = None,
    name: Asked = None,
    kind: ContactKind = ContactKind.SOCIAL,
) -> Someone:
    """Exactly one of `phone`, `postcode` with `line`, `email` or `name`."""
    place = postcode if postcode is not None else line
    given = [value for value in (phone, place, email, name) if value is not None]
    if len(given) != 1:
        raise _problem([_fault("", "ask for exactly one of phone, postcode with line, email, name")])
    if place is not None:
        return Someone(points=_address(postcode, line), kind=kind)
    if name is not None:
        return Someone(name=_filled(name), kind=kind)
    return Someone(points=without_helplines(_point(phone, email)), kind=kind)


def routes(service: Service, picture: Picture, whole: Callable[[], bool]) -> APIRouter:
    """The calls of CONTRACT.md. Before the picture is `whole`, "allowed" would be a guess: 503."""

    def seen() -> Picture:
        if not whole():
            raise Problem(503, "The block lists are still being read: try again", headers={"Retry-After": "2"})
        return picture

    router = APIRouter(prefix="/api/v1/prisoners/{number}", tags=["prison estate"], responses=REFUSED | {503: NOT_NOW})
    may_call = service.callers.may
    Checking = Annotated[Permit, Depends(may_call(Action.CHECK_CONTACT))]
    SeeingList = Annotated[Permit, Depends(may_call(Action.SEE_BLOCK_LIST))]
    SeeingContacts = Annotated[Permit, Depends(may_call(Action.SEE_SOCIAL_CONTACTS))]
    Number = Annotated[str, Depends(number_in_path)]
    Seen = Annotated[Picture, Depends(seen)]

    @router.get("/contact-check")
    async def contact_check(
        permit: Checking, number: Number, who: Annotated[Someone, Depends(question)], lists: Seen
    ) -> Answer:
        """May this prisoner ring, write to or e-mail X? (R19)"""
        looked_at([(PrisonerBlocks, number)])
        permit.must_reach(Whose(prisons=lists.holders(number)))
        return lists.check(number, who)

    @router.get("/block-list")
    async def block_list(permit: SeeingList, number: Number, lists: Seen) -> BlockListChanged:
        """The prisoner's whole list, as on the topic."""
        looked_at([(PrisonerBlocks, number)])
        permit.must_reach(Whose(prisons=lists.holders(number)))
        found = lists.block_list(number)
        if found is None:
            raise not_there()
        return found

    @router.get("/social-contacts")
    async def social_contacts(permit: SeeingContacts, number: Number) -> SocialContacts:
        """The social contacts list as it now stands: who is on it, and who waits for a person (R15)."""
        state = await service.query(lambda work: prisoner(work, number))
        permit.must_reach(Whose(prisons=frozenset([state.prison_id] if state.prison_id else ())))
        contacts = [
            ListedContact(**contact.who.model_dump(), outcome=contact.outcome)
            for contact in state.contacts.values()
            if contact.who and contact.outcome in ON_HAND
        ]
        return SocialContacts(prisoner_number=state.number, contacts=tuple(contacts))

    return router


def _address(postcode: str | None, line: str | None) -> ContactPoints:
    known = canonical_postcode(postcode or "")
    faults = [] if known else [_fault("postcode", "is needed with line, and is a postcode of the United Kingdom")]
    faults += (
        [] if line and line.strip() else [_fault("line", "is needed with postcode: the first line of the address")]
    )
    if faults or not line:
        raise _problem(faults)
    return ContactPoints(addresses=(Address(lines=(line,), postcode=known),))


def _point(phone: str | None, email: str | None) -> ContactPoints:
    """An unescaped plus sign reaches us as a space."""
    try:
        if phone is not None:
            return ContactPoints(phones=(canonical_phone("+" + phone[1:] if phone.startswith(" ") else phone),))
        return ContactPoints(emails=(canonical_email(email or ""),))
    except ValueError as error:
        raise _problem([_fault("email" if phone is None else "phone", str(error))]) from None


def _filled(name: str) -> str:
    if not name.strip():
        raise _problem([_fault("name", "is empty")])
    return name


def _fault(field: str, fault: str) -> Fault:
    return Fault(pointer=f"/{field}" if field else "", fault=fault)


def _problem(faults: list[Fault]) -> Problem:
    return Problem(422, "The question is not as it should be", faults)
