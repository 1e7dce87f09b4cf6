"""The social contacts list, kept clean of what is blocked (R13, R15, R43)."""

from datetime import datetime

from services.blocking.domain.matching import Match, best_match, doubts, someone
from services.blocking.domain.points import points_of
from services.blocking.domain.state import Contact, PrisonerBlocks
from services.blocking.domain.union import union
from shared.domain.contact_points import first_match
from shared.domain.names import similar_name
from shared.events.blocks import BlockInForce
from shared.events.contacts import ContactOutcome, SocialContactDecided
from shared.events.envelope import Event
from shared.events.inbound import ContactChange, ContactKind, SocialContact, SocialContactChanged

ON_HAND = (ContactOutcome.LISTED, ContactOutcome.WAITING)
MOST_ON_HAND, MOST_OFF = 300, 1000
"""Contacts of one prisoner that are listed or wait, and of those that are neither how many are remembered, the newest."""


def changed(state: PrisonerBlocks, event: SocialContactChanged, now: datetime) -> tuple[PrisonerBlocks, list[Event]]:
    """What becomes of a contact that the estate asks for, adds or removes; one older than the newest is nothing.

    A prisoner who has more than anybody has gets no more: that is said like any other refusal.
    """
    contact_id, before = event.contact.contact_id, state.contacts.get(event.contact.contact_id)
    if before and event.at < before.at:
        return state, []
    contact = Contact(at=event.at, change=event.change, outcome=ContactOutcome.REMOVED)
    if event.change is not ContactChange.REMOVED:
        contact = _judged(state, event, before)
        if contact.who and not (before and before.who) and _full(state):
            contact = contact.model_copy(update={"outcome": _refusal(event), "who": None})
    return _kept(state, contact_id, contact), [_said(state, contact_id, contact, now)]


def swept(state: PrisonerBlocks, now: datetime) -> tuple[PrisonerBlocks, list[Event]]:
    """Takes off the list what the blocks in force do not allow; a mere doubt waits for a person as long as it is one."""
    said: list[Event] = []
    blocks = union(state)
    for contact_id, contact in state.contacts.items():
        after = _again(contact, contact.who, blocks) if contact.who else contact
        if after != contact:
            state = _kept(state, contact_id, after)
            said.append(_said(state, contact_id, after, now))
    return state, said


def _again(contact: Contact, who: SocialContact, blocks: tuple[BlockInForce, ...]) -> Contact:
    """A contact on the list, or waiting, under the blocks as they are now."""
    match = best_match(someone(who), blocks, contact.cleared)
    listed = contact.model_copy(update={"outcome": ContactOutcome.LISTED, "matched_on": None, "block_id": None})
    if match and contact.outcome is ContactOutcome.LISTED:  # it was on the list: being told of it again is nobody's yes
        return _under(listed.model_copy(update={"change": ContactChange.ADDED}), match, ContactOutcome.REMOVED)
    return _under(listed, match, ContactOutcome.REFUSED) if match else listed


def shared_household(state: PrisonerBlocks, block: BlockInForce) -> bool:
    """Whether somebody else on the list, by name, uses a number or address of the block (R43)."""
    names = (block.name, *block.other_names)
    others = [
        contact.who for contact in state.contacts.values() if contact.who and contact.who.kind is ContactKind.SOCIAL
    ]
    return any(
        first_match(points_of(block), someone(who).points) in ("phone", "address")
        and not any(similar_name(name, who.name) for name in names)
        for who in others
    )


def _judged(state: PrisonerBlocks, event: SocialContactChanged, before: Contact | None) -> Contact:
    blocks = union(state)
    cleared = before.cleared if before and before.who and _seen(before.who) == _seen(event.contact) else ()
    if before and before.who and _says_yes(before, event):
        cleared = (*cleared, *doubts(someone(before.who), blocks))
    contact = Contact(
        at=event.at, change=event.change, outcome=ContactOutcome.LISTED, who=event.contact, cleared=cleared
    )
    match = best_match(someone(event.contact), blocks, cleared)
    return _under(contact, match, _refusal(event)) if match else contact


def _refusal(event: SocialContactChanged) -> ContactOutcome:
    return ContactOutcome.REMOVED if event.change is ContactChange.ADDED else ContactOutcome.REFUSED


def _full(state: PrisonerBlocks) -> bool:
    return sum(contact.who is not None for contact in state.contacts.values()) >= MOST_ON_HAND


def _says_yes(before: Contact, event: SocialContactChanged) -> bool:
    """Whether somebody looked at a contact that waits, and said yes to it as it was: it was asked for and is now added, or who
    decided is named. An estate that tells again of one that it has says nothing new.
    """
    decided = before.change is ContactChange.REQUESTED or event.decided_by is not None
    asked = before.outcome is ContactOutcome.WAITING and event.at > before.at
    return event.change is ContactChange.ADDED and asked and decided


def _seen(contact: SocialContact) -> object:
    """What a person's yes was about."""
    return contact.name, contact.kind, contact.phones, contact.addresses, contact.emails


def _under(contact: Contact, match: Match, certain: ContactOutcome) -> Contact:
    """`contact` under a block that it matches: off, or waiting for a person."""
    outcome = certain if match.certain else ContactOutcome.WAITING
    changes = {"outcome": outcome, "matched_on": match.matched_on, "block_id": match.block_id}
    return contact.model_copy(update=changes if outcome in ON_HAND else {**changes, "who": None})


def _kept(state: PrisonerBlocks, contact_id: str, contact: Contact) -> PrisonerBlocks:
    contacts = {**state.contacts, contact_id: contact}
    off = [key for key, kept in contacts.items() if kept.who is None]
    for key in sorted(off, key=lambda key: contacts[key].at)[:-MOST_OFF]:
        del contacts[key]
    return state.but(contacts=contacts)


def _said(state: PrisonerBlocks, contact_id: str, contact: Contact, now: datetime) -> SocialContactDecided:
    return SocialContactDecided(
        prisoner_number=state.number,
        contact_id=contact_id,
        outcome=contact.outcome,
        matched_on=contact.matched_on,
        block_id=contact.block_id,
        at=now,
    )
