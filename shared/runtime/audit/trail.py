"""This process's own chain of the audit log: what was done goes into it with what is saved, what was looked at soon after."""

from collections.abc import Sequence

from shared.runtime.audit.deeds import Deed, written
from shared.runtime.audit.pages import AUDIT, Head, Page, head_of, next_pages
from shared.runtime.metrics import LOOKS_LOST
from shared.runtime.mongo import Database
from shared.runtime.vault import Vault

MOST_LOOKS = 50_000
"""Looks that wait in memory while MongoDB is away; of more than that only how many they were is recorded."""


class Trail:
    """One chain, written by this process alone: no instance waits for another. `chain` names it among all that ever were."""

    def __init__(self, chain: str, database: Database) -> None:
        self.head, self._database = Head(chain), database
        self._looks: list[Deed] = []
        self._lost = 0
        self._turned: list[Page] = []
        self._on_them: list[Deed] = []

    @property
    def waits(self) -> bool:
        """Whether there is something to write."""
        return bool(self._looks)

    def note(self, *deeds: Deed) -> None:
        """What was looked at, to be written soon. Never waits, and never fails."""
        for deed in deeds:
            if len(self._looks) < MOST_LOOKS:
                self._looks.append(deed)
            else:
                self._lost += 1
                LOOKS_LOST.inc()

    async def be_sure(self) -> None:
        """Finds out whether the pages of a transaction whose end nobody heard of are there. Raises Unavailable."""
        if not self._turned:
            return
        ids = [page.id for page in self._turned]
        there = await self._database.run(lambda db: list(db[AUDIT].find({"_id": {"$in": ids}}, {"_id": 1})))
        if there:
            return self.wrote()
        self._looks = self._on_them + self._looks
        self._turned, self._on_them = [], []

    def turn(self, deeds: Sequence[Deed], entry: str, vault: Vault) -> Sequence[Page]:
        """The next pages: `deeds`, and what was looked at. `be_sure` comes before; `wrote`, once they are known to be there."""
        self._on_them, self._looks = [*self._looks, *self._of_lost()], []
        every = [*self._on_them, *deeds]
        if every:
            self._turned = [*next_pages(self.head, every[-1].at, entry, written(every, vault))]
        return self._turned

    def wrote(self) -> None:
        """The pages are in the database."""
        if self._turned:
            self.head = head_of(self._turned[-1])
            self._turned, self._on_them = [], []

    def _of_lost(self) -> list[Deed]:
        lost, self._lost = self._lost, 0
        if not lost:
            return []
        why = "There were too many while the database was away"
        return [self._looks[-1]._replace(what="upc.audit.lost", why=why, came_of_it=f"{lost} looks lost", about=())]
