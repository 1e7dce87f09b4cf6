"""What is let go: the blocks of a case, their reviews, and breaches, and in the end a prisoner without any (R48)."""

from datetime import datetime

from services.transfers.domain.custody import Custody
from services.transfers.domain.timeline import last_release
from shared.domain.rules import Rules
from shared.events.erasures import CaseErased
from shared.runtime.work import NotYet


def without(state: Custody, event: CaseErased) -> Custody:
    """The prisoner's custody without the case. The movements are the prisoner's own.

    Raises NotYet where a block of it is in force: its end was not heard of here, or it is not over, and a person has to look.
    """
    gone = {block.block_id for block in state.blocks.values() if block.request_id == event.request_id}
    if gone and state.stay:
        raise NotYet("a block of this case is in force")
    gone |= set(event.block_ids)
    blocks = {key: block for key, block in state.blocks.items() if key not in gone}
    reviews = {key: review for key, review in state.reviews.items() if review.block_id not in gone}
    breaches = tuple(b for b in state.breaches if b.block_id not in gone and b.breach_id not in event.breach_ids)
    proposed = {key: block for key, block in state.proposed.items() if block not in gone}
    left = tuple(key for key in state.gone if key not in gone)
    return state.but(blocks=blocks, reviews=reviews, breaches=breaches, proposed=proposed, gone=left)


def over_at(state: Custody, rules: Rules) -> datetime | None:
    """When nothing is kept of a prisoner who is out, and about whom no case is left; None while they are in prison, or one is."""
    reports = last_release(state.timeline)
    if state.lookups() or not reports:
        return None
    return rules.kept_until(reports[-1].at, rules.prisoner_kept_days)
