"""May this prisoner reach X? Answered from memory, also while MongoDB and Kafka are away (R19)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from services.blocking.domain.acknowledgements import OnTopic
from services.blocking.domain.lists import differ
from services.blocking.domain.matching import Someone, best_match
from shared.events.blocks import BlockListChanged
from shared.events.contacts import MatchedOn
from shared.events.form import Form


class Answer(Form):
    """Whether the prisoner may; if not, which block it meets, and on what. `version` is the list's, 0 without one."""

    allowed: bool
    block_id: str | None = None
    matched_on: MatchedOn | None = None
    version: int


class Kept(NamedTuple):
    """A list as it is kept: as bytes (half a kilobyte), with what has to be known of it before it is read.

    `prisons` are those that have it, `in_force` is whether there is a block on it, `since` is its `as_of`.
    """

    version: int
    prisons: frozenset[str]
    in_force: bool
    since: datetime
    merged_into: str | None
    written: bytes


class Picture:
    """Every prisoner's newest list, by number, read when it is asked for.

    `inverted` are the numbers whose newest list is not the last one on the topic, with the version of that one, which prisons
    take for old: it is lower, or says something else under the same number (the database went back to a backup). `unmended`
    are those of them for which nothing has been done about it yet.
    """

    def __init__(self) -> None:
        self._lists: dict[str, Kept] = {}
        self._prisons: dict[frozenset[str], frozenset[str]] = {}
        self._read: dict[str, int] = {}
        self.inverted: dict[str, int] = {}
        self.unmended: set[str] = set()

    def read(self, changed: BlockListChanged) -> None:
        """Takes in the next list as it stands on the topic."""
        number, newest = changed.prisoner_number, self._read.get(changed.prisoner_number, 0)
        if changed.version < newest or (changed.version == newest and self._is_another(changed)):
            self.inverted[number] = changed.version
            self.unmended.add(number)
        else:
            self._read[number] = changed.version
            self.inverted.pop(number, None)
            self.unmended.discard(number)
        self.apply(changed)

    def _is_another(self, changed: BlockListChanged) -> bool:
        """Whether another list came under this version before."""
        listed = self.own_list(changed.prisoner_number)
        return listed is not None and listed.version == changed.version and differ(listed, changed)

    def apply(self, changed: BlockListChanged) -> None:
        """Takes a version in; a lower one is old."""
        known = self._lists.get(changed.prisoner_number)
        if known is None or changed.version > known.version:
            prisons = frozenset([changed.prison_id, *changed.also_held_by])
            prisons = self._prisons.setdefault(prisons, prisons)
            written = changed.model_dump_json().encode()
            kept = Kept(changed.version, prisons, bool(changed.blocks), changed.as_of, changed.merged_into, written)
            self._lists[changed.prisoner_number] = kept

    def numbers(self, after: int, most: int) -> list[str]:
        """A page of the numbers that there is a list of, in the order in which they came: what comes later comes last."""
        return list(islice(self._lists, after, after + most))

    def own_list(self, number: str) -> BlockListChanged | None:
        """The highest version under the number itself, also since a merge, wherever on the topic it stands."""
        kept = self._lists.get(number)
        return BlockListChanged.model_validate_json(kept.written) if kept else None

    def highest(self, number: str) -> OnTopic:
        """The highest version of this number, wherever on the topic it stands, as it was first seen there."""
        kept = self._lists.get(number)
        return OnTopic(kept.version, kept.since) if kept else OnTopic()

    def on_topic(self, number: str) -> int:
        """The version that who starts from nothing finds of this number; 0 where that is none, or not the newest."""
        return 0 if number in self.inverted else self._read.get(number, 0)

    def holders(self, number: str) -> frozenset[str]:
        """The prisons that hold what is answered under this number (R40): who has been left by the prisoner has no part in it.

        Told without reading a list, so that a list one may not see takes no longer than one that is not there.
        """
        chain = list(self._chain(number))
        return frozenset().union(*(kept.prisons for kept in chain if kept.in_force or kept is chain[-1]))

    def block_list(self, number: str) -> BlockListChanged | None:
        """The list of the prisoner, under the kept number since a merge; None where there is none."""
        chain = list(self._chain(number))
        return BlockListChanged.model_validate_json(chain[-1].written) if chain else None

    def check(self, number: str, who: Someone) -> Answer:
        """Whether the prisoner may reach `who`. What is put to a person on a contacts list is not allowed meanwhile."""
        chain = [BlockListChanged.model_validate_json(kept.written) for kept in self._chain(number)]
        match = best_match(who, (block for held in chain for block in held.blocks))
        version = chain[-1].version if chain else 0
        if match is None:
            return Answer(allowed=True, version=version)
        return Answer(allowed=False, block_id=match.block_id, matched_on=match.matched_on, version=version)

    def _chain(self, number: str) -> Iterator[Kept]:
        """The number's own list, and that of each number it was merged into (R11): a merge leaves no moment without."""
        seen: set[str] = set()
        following: str | None = number
        while following and following in self._lists and following not in seen:
            seen.add(following)
            yield self._lists[following]
            following = self._lists[following].merged_into
