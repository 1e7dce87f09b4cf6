"""What should be in force, beside what stands on the topic and what prisons have acknowledged (R13, R20, R40)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from services.blocking.domain.state import Block, PrisonerBlocks
from shared.domain.identifiers import PrisonId
from shared.events.envelope import Moment
from shared.events.form import Form

ON_ITS_WAY = timedelta(minutes=1)
"""What was published so lately may not have been read here yet."""


class Fault(StrEnum):
    """What is wrong with a list: who starts from nothing does not find it, or its prison has not acknowledged it in time."""

    NOT_ON_TOPIC = "not_on_topic"
    UNCONFIRMED = "unconfirmed"


class Difference(Form):
    """A list that is not in force as it should be. `references` are those of the requests it is about."""

    fault: Fault
    prison_id: PrisonId
    version: int
    on_topic: int
    since: Moment
    references: Sequence[str]


def difference(state: PrisonerBlocks, on_topic: int, now: datetime) -> Difference | None:
    """`on_topic` is the version that who starts from nothing finds; 0 where that is none, or not the newest."""
    published = state.published
    if published is None or now - published.as_of < ON_ITS_WAY:
        return None
    late = [block for block in state.in_force if _is_late(block, now)]
    if on_topic < published.version:
        fault, about = Fault.NOT_ON_TOPIC, list(state.in_force)
    elif late:
        fault, about = Fault.UNCONFIRMED, late
    else:
        return None
    since = min((block.listed_at for block in about if block.listed_at), default=published.as_of)
    return Difference(
        fault=fault,
        prison_id=published.prison_id,
        version=published.version,
        on_topic=on_topic,
        since=since,
        references=sorted({block.reference for block in about}),
    )


def _is_late(block: Block, now: datetime) -> bool:
    """Its prison should have acknowledged it (R13); once that was raised, there is no time by which any more."""
    return not block.confirmed and (block.confirm_by is None or block.confirm_by <= now)
