"""May this prisoner reach X? Answered from memory, also while MongoDB and Kafka are away (R19)."""

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


class Picture:
    """Every prisoner's newest list, by number: kept as bytes (half a kilobyte), read when it is asked for.

    `inverted` are the numbers whose newest list is not the last one on the topic: who starts from nothing would find an
    older one there.
    """

    def __init__(self) -> None:
        self._lists: dict[str, tuple[int, bytes]] = {}
        self._read: dict[str, int] = {}
        self.inverted: set[str] = set()

    def read(self, changed: BlockListChanged) -> None:
        """Takes in the next list as it stands on the topic."""
        number, newest = changed.prisoner_number, self._read.get(changed.prisoner_number, 0)
        if changed.version < newest:
            self.inverted.add(number)
        else:
            self._read[number] = changed.version
            self.inverted.discard(number)
        self.apply(changed)

    def apply(self, changed: BlockListChanged) -> None:
        """Takes a version in; a lower one is old."""
        known, _ = self._lists.get(changed.prisoner_number, (0, b""))
        if changed.version > known:
            self._lists[changed.prisoner_number] = changed.version, changed.model_dump_json().encode()

    def block_list(self, number: str) -> BlockListChanged | None:
        """The list of the prisoner, under the kept number since a merge; None where there is none."""
        return next(reversed(self._chain(number)), None)

    def check(self, number: str, who: Someone) -> Answer:
        """Whether the prisoner may reach `who`. What is put to a person on a contacts list is not allowed meanwhile."""
        chain = self._chain(number)
        match = best_match(who, (block for held in chain for block in held.blocks))
        version = chain[-1].version if chain else 0
        if match is None:
            return Answer(allowed=True, version=version)
        return Answer(allowed=False, block_id=match.block_id, matched_on=match.matched_on, version=version)

    def _chain(self, number: str) -> list[BlockListChanged]:
        """The number's own list, and that of each number it was merged into (R11): a merge leaves no moment without."""
        chain: list[BlockListChanged] = []
        following: str | None = number
        while following and following in self._lists and following not in {held.prisoner_number for held in chain}:
            chain.append(BlockListChanged.model_validate_json(self._lists[following][1]))
            following = chain[-1].merged_into
        return chain
