"""A case that is let go: its blocks, and all that is kept about them (R48)."""

from services.blocking.domain.state import Contact, PrisonerBlocks
from shared.events.erasures import CaseErased
from shared.runtime.work import NotYet


def without(state: PrisonerBlocks, event: CaseErased) -> PrisonerBlocks:
    """The prisoner's blocks without those of the case.

    Raises NotYet where one is in force: its end was not heard of here, or it is not over, and then a person has to look.
    """
    gone = {block.block_id for block in state.blocks.values() if block.request_id == event.request_id}
    if gone & {block.block_id for block in state.in_force}:
        raise NotYet("a block of this case is in force")
    gone |= set(event.block_ids)
    breaches = {key: kept for key, kept in state.breaches.items() if not _of(gone, kept.block_id, key, event)}
    blocks = {key: block for key, block in state.blocks.items() if key not in gone}
    contacts = {key: _unlinked(contact, gone) for key, contact in state.contacts.items()}
    return state.but(blocks=blocks, breaches=breaches, contacts=contacts)


def _of(gone: set[str], block_id: str | None, breach_id: str, event: CaseErased) -> bool:
    return block_id in gone or breach_id in event.breach_ids


def _unlinked(contact: Contact, gone: set[str]) -> Contact:
    """What became of a contact is the estate's to know; by which block is forgotten."""
    if contact.block_id not in gone and not gone.intersection(contact.cleared):
        return contact
    cleared = tuple(block_id for block_id in contact.cleared if block_id not in gone)
    block_id = None if contact.block_id in gone else contact.block_id
    return contact.model_copy(update={"block_id": block_id, "cleared": cleared})
