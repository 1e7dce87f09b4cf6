"""Whether somebody is blocked (R15): by number, address or e-mail however written, by the same or a similar name."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.blocking.domain.points import points_of, without_helplines
from shared.domain.contact_points import ContactPoints, Kind, as_canonical, first_match
from shared.domain.names import same_name, similar_name
from shared.events.blocks import BlockInForce
from shared.events.contacts import MatchedOn
from shared.events.inbound import ContactKind, SocialContact

NOTHING = ContactPoints()
_ORDER = list(MatchedOn)


@dataclass(frozen=True)
class Someone:
    """Whom a prisoner wants to reach: a contact, or what a check asks for."""

    name: str | None = None
    points: ContactPoints = NOTHING
    kind: ContactKind = ContactKind.SOCIAL

    @property
    def social(self) -> bool:
        """Legal and official contacts are never blocked by number match."""
        return self.kind is ContactKind.SOCIAL


@dataclass(frozen=True)
class Match:
    """The block that somebody met. What is not `certain` is put to a person."""

    matched_on: MatchedOn
    block_id: str
    certain: bool


def someone(contact: SocialContact) -> Someone:
    """A social contact, its points in canonical form as far as they can be read."""
    points = without_helplines(as_canonical(contact.phones, contact.addresses, contact.emails))
    return Someone(contact.name, points, contact.kind)


def best_match(who: Someone, blocks: Iterable[BlockInForce], cleared: Iterable[str] = ()) -> Match | None:
    """The surest match; None where nothing blocks `who`. A doubt that a person `cleared` for a block does not count."""
    matches = [match for block in blocks if (match := _match(who, block))]
    counting = [match for match in matches if match.certain or match.block_id not in cleared]
    return min(counting, key=lambda match: (not match.certain, _ORDER.index(match.matched_on)), default=None)


def doubts(who: Someone, blocks: Iterable[BlockInForce]) -> tuple[str, ...]:
    """The blocks whose person `who` may or may not be."""
    return tuple(match.block_id for block in blocks if (match := _match(who, block)) and not match.certain)


def _match(who: Someone, block: BlockInForce) -> Match | None:
    blocked = points_of(block) if who.social else NOTHING
    point = first_match(blocked, who.points)
    if point:
        return Match(MatchedOn(point), block.block_id, certain=True)
    names = (block.name, *block.other_names) if who.name else ()
    if any(same_name(name, who.name or "") for name in names):
        return Match(MatchedOn.NAME, block.block_id, certain=who.social)
    unread = _perhaps(blocked, who.points)
    if unread:
        return Match(MatchedOn(unread), block.block_id, certain=False)
    if any(similar_name(name, who.name or "") for name in names):
        return Match(MatchedOn.SIMILAR_NAME, block.block_id, certain=False)
    return None


def _perhaps(blocked: ContactPoints, points: ContactPoints) -> Kind | None:
    """What of `points` nobody could read, and may be what is blocked: a person looks."""
    kinds: dict[Kind, object] = {"phone": blocked.phones, "address": blocked.addresses, "email": blocked.emails}
    return next((kind for kind, there in kinds.items() if there and kind in points.unread), None)
