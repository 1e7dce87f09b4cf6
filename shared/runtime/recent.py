"""What an instance saved last, so that its next batches need not read it again. Somebody else may have written it since."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from shared.runtime.work import Ref, Saved

LONGEST = timedelta(minutes=1)
"""A request's own events follow each other within seconds; what another instance forgets stays in memory no longer."""
MOST_BYTES = 8_000_000
"""Of all of it as JSON; in memory it takes about ten times as much."""


class Recent:
    """Aggregates by their kind and id, those saved last at the end."""

    def __init__(self) -> None:
        self.aggregates: dict[Ref, Saved] = {}
        self._bytes = 0

    def keep(self, aggregates: Mapping[Ref, Saved]) -> None:
        """These were saved just now; what was known of them was dropped before."""
        self.aggregates |= aggregates
        self._bytes += sum(each.size for each in aggregates.values())

    def drop(self, refs: Iterable[Ref]) -> None:
        """These are to be read again."""
        for ref in refs:
            gone = self.aggregates.pop(ref, None)
            self._bytes -= gone.size if gone else 0

    def clear(self) -> None:
        """All of it is to be read again."""
        self.drop([*self.aggregates])

    def let_go(self, now: datetime) -> None:
        """Drops what was saved too long ago, and the oldest of what is too much."""
        left, over = self._bytes, list[Ref]()
        for ref, each in self.aggregates.items():
            if left <= MOST_BYTES and each.at > now - LONGEST:
                break
            over.append(ref)
            left -= each.size
        self.drop(over)
