"""What should be in force, beside what stands on the topic and what prisons have acknowledged (R13, R20, R40)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from services.blocking.domain.lists import differ
from services.blocking.domain.state import Block, PrisonerBlocks
from shared.domain.identifiers import PrisonId
from shared.events.blocks import BlockListChanged
from shared.events.envelope import Moment
from shared.events.form import Form

ON_ITS_WAY = timedelta(minutes=1)
"""What was published so lately may not have been read here yet."""


class Fault(StrEnum):
    """What is wrong with a list: prisons have a version that the database does not, and take what it says next for old; who
    starts from nothing does not find it; or its prison has not acknowledged it in time.
    """

    AHEAD = "ahead"
    NOT_ON_TOPIC = "not_on_topic"
    UNCONFIRMED = "unconfirmed"


class Difference(Form):
    """A list that is not in force as it should be. `references` are those of the requests it is about, here or at prisons."""

    fault: Fault
    prison_id: PrisonId
    version: int
    on_topic: int
    since: Moment
    references: Sequence[str]


def difference(
    state: PrisonerBlocks, on_topic: int, listed: BlockListChanged | None, now: datetime
) -> Difference | None:
    """`on_topic` is the version that who starts from nothing finds; 0 where that is none, or not the newest: `listed`."""
    published = state.published
    if published is None or now - published.as_of < ON_ITS_WAY:
        return None
    late = [block for block in state.in_force if _is_late(block, now)]
    fault, about, held = Fault.UNCONFIRMED, late, set[str]()
    if listed and _is_ahead(listed, published):
        fault, on_topic, about = Fault.AHEAD, listed.version, [*state.in_force]
        held = {block.reference for block in listed.blocks}
    elif on_topic < published.version:
        fault, about = Fault.NOT_ON_TOPIC, [*state.in_force]
    elif not late:
        return None
    since = min((block.listed_at for block in about if block.listed_at), default=published.as_of)
    return Difference(
        fault=fault,
        prison_id=published.prison_id,
        version=published.version,
        on_topic=on_topic,
        since=since,
        references=sorted({block.reference for block in about} | held),
    )


def unknown(state: PrisonerBlocks | None, listed: BlockListChanged, now: datetime) -> Difference | None:
    """A list of which the topic knows more than the database, which has none: it is in force at a prison, or was."""
    version = state.version if state else 0
    if (state and state.published) or now - listed.as_of < ON_ITS_WAY:
        return None
    if not listed.blocks and listed.version <= version:
        return None
    return Difference(
        fault=Fault.AHEAD,
        prison_id=listed.prison_id,
        version=version,
        on_topic=listed.version,
        since=listed.as_of,
        references=sorted({block.reference for block in listed.blocks}),
    )


def _is_ahead(listed: BlockListChanged, published: BlockListChanged) -> bool:
    """A higher version, or the same one that says something else: what counted on from a backup came to it once more."""
    twice = listed.version == published.version and differ(listed, published)
    return listed.version > published.version or twice


def _is_late(block: Block, now: datetime) -> bool:
    """Its prison should have acknowledged it (R13); once that was raised, there is no time by which any more."""
    return not block.confirmed and (block.confirm_by is None or block.confirm_by <= now)
