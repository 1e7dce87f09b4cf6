"""What is let go: the blocks of a case and all that is kept about them, and in the end a prisoner without any (R48)."""

from datetime import datetime

from services.blocking.domain.state import Contact, PrisonerBlocks
from shared.domain.rules import Rules
from shared.events.blocks import BlockListLetGo
from shared.events.envelope import Event
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


def over_at(state: PrisonerBlocks, rules: Rules) -> datetime | None:
    """When nothing is kept of a prisoner who is out, and about whom no case is left; None while they are in prison, or one is."""
    if state.out_since is None or state.blocks or state.breaches or state.merged_from:
        return None
    return rules.kept_until(state.out_since, rules.prisoner_kept_days)


def let_go(state: PrisonerBlocks) -> tuple[PrisonerBlocks | None, list[Event]]:
    """What is left of them: how far their lists came, where there were any. An estate takes a lower version for an old one."""
    if not state.version:
        return None, []
    said = [BlockListLetGo(prisoner_number=state.number)] if state.published else []
    return PrisonerBlocks(number=state.number, let_go=state.version), [*said]


def _of(gone: set[str], block_id: str | None, breach_id: str, event: CaseErased) -> bool:
    return block_id in gone or breach_id in event.breach_ids


def _unlinked(contact: Contact, gone: set[str]) -> Contact:
    """What became of a contact is the estate's to know; by which block is forgotten."""
    if contact.block_id not in gone and not gone.intersection(contact.cleared):
        return contact
    cleared = tuple(block_id for block_id in contact.cleared if block_id not in gone)
    block_id = None if contact.block_id in gone else contact.block_id
    return contact.model_copy(update={"block_id": block_id, "cleared": cleared})
