"""What prisons have in force, and what at least one of them must have at every instant (R40)."""

from datetime import datetime
from typing import Any

from simulation.truth import Custody, Prisoner


class Unprotected(Exception):
    """A block that was implemented is in force at no prison, while the prisoner is in custody (R40)."""


class Prisons:
    """All prisons: each reads every list, enforces what names it, keeps what it has while it is named as holding on."""

    def __init__(self, population: list[Prisoner]) -> None:
        self._prisoner = {number: prisoner for prisoner in population for number in prisoner.numbers}
        self.newest: dict[str, dict[str, Any]] = {}
        self._held: dict[tuple[str, str], set[str]] = {}
        self._implemented: dict[str, Prisoner] = {}
        self.let_go: set[str] = set()

    def reads(self, block_list: dict[str, Any]) -> bool:
        """Whether it is news; a lower version is old. Whoever it does not name any more drops what they had."""
        number = block_list["prisoner_number"]
        if number in self.newest and block_list["version"] <= self.newest[number]["version"]:
            return False
        self.newest[number] = block_list
        named = {block_list["prison_id"], *block_list.get("also_held_by", ())}
        self._held = {
            (prison, of): blocks for (prison, of), blocks in self._held.items() if of != number or prison in named
        }
        self.check()
        return True

    def enforces(self, block_list: dict[str, Any]) -> bool:
        """Whether the prison puts this list in force: not where a newer one is there."""
        number = block_list["prisoner_number"]
        if self.newest[number]["version"] != block_list["version"]:
            return False
        blocks = {block["block_id"] for block in block_list["blocks"]}
        self._held[block_list["prison_id"], number] = blocks
        prisoner = self._prisoner[number]
        # A prison where the prisoner is not any more protects nobody; that they are elsewhere may not be known yet (R37). Nor may
        # it that they are back: a list from before may come off, since the release is all that anybody knows of (R23).
        back = datetime.fromisoformat(block_list["as_of"]) >= prisoner.known_back_since
        if prisoner.custody is Custody.IN and prisoner.prison == block_list["prison_id"] and back:
            self._implemented |= dict.fromkeys(blocks - self.let_go, prisoner)
        self.check()
        return True

    def holding(self, prison: str, number: str) -> set[str]:
        return self._held.get((prison, number), set())

    def check(self) -> None:
        """R40, at this instant."""
        everywhere = {block for blocks in self._held.values() for block in blocks}
        for block, prisoner in self._implemented.items():
            if block not in everywhere:
                raise Unprotected(f"{block} of {prisoner.number} is in force nowhere")

    def left(self, prisoner: Prisoner) -> None:
        """Out of custody: nothing has to be held until the return is acknowledged."""
        self._implemented = {block: of for block, of in self._implemented.items() if of is not prisoner}

    def lets_go(self, block: str) -> None:
        """A withdrawal or a review's end is on its way."""
        self.let_go.add(block)
        self._implemented.pop(block, None)
