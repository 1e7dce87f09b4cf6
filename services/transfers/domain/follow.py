"""All that follows from what is known now: releases settle, reviews open and are raised. Called after every event."""

from datetime import datetime

from services.transfers.domain import erasures, release, reviews
from services.transfers.domain.custody import Custody, Decided
from services.transfers.domain.timeline import with_points
from shared.domain.rules import Rules


def what_follows(state: Custody, now: datetime, rules: Rules) -> Decided:
    """The state brought up to `now`, what is to be said, and when to look again."""
    state, handed_over = release.settled(state, now, rules)
    state, moved = reviews.opened_by_movement(state, now, rules)
    state, regular = reviews.opened_by_time(state, now, rules)
    state, overdue = reviews.raised(state, now)
    wakes = [*reviews.wakes(state, rules), release.settles_at(state, rules), erasures.over_at(state, rules)]
    wake_at = min((moment for moment in wakes if moment), default=None)
    return state.but(wake_at=wake_at), [*handed_over, *moved, *regular, *overdue]


def merged(kept: Custody, removed: Custody) -> tuple[Custody, Custody]:
    """Everything of the removed number goes on under the kept one; reviews keep their ids (R11, R39)."""
    gone = tuple(dict.fromkeys(kept.gone + removed.gone))
    blocks = {**removed.blocks, **kept.blocks}
    together = kept.but(
        timeline=with_points(kept.timeline, removed.timeline),
        blocks={block_id: block for block_id, block in blocks.items() if block_id not in gone},
        gone=gone,
        reviews={**removed.reviews, **kept.reviews},
        breaches=tuple({breach.breach_id: breach for breach in removed.breaches + kept.breaches}.values()),
        proposed={**removed.proposed, **kept.proposed},
        settled=tuple(sorted({*kept.settled, *removed.settled})),
        crn=kept.crn or removed.crn,
    )
    return together, Custody(number=removed.number, merged_into=kept.number)
