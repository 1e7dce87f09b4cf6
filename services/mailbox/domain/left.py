"""Mails that could not be taken in, or not put away: tried again after the others, and after a while more seldom."""

from collections.abc import Sequence

MOST_AT_ONCE = 200
TRIES = 3
RESTS_FOR = 60
"""Looks: five minutes, at one in five seconds."""


class Left:
    """How often each failed, by its number in the mailbox. It is not kept: whoever starts anew tries anew."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._rests: dict[str, int] = {}

    @property
    def stuck(self) -> bool:
        """Whether somebody has to look into the mailbox."""
        return any(count >= TRIES for count in self._failures.values())

    def to_try(self, waiting: Sequence[str]) -> list[str]:
        """Those of one look, of all that are `waiting`: what failed comes last, so that it stands before no other."""
        here = set(waiting)
        self._failures = {number: count for number, count in self._failures.items() if number in here}
        self._rests = {number: looks - 1 for number, looks in self._rests.items() if number in here and looks > 0}
        awake = (number for number in waiting if number not in self._rests)
        return sorted(awake, key=lambda number: self._failures.get(number, 0))[:MOST_AT_ONCE]

    def failed(self, number: str) -> None:
        self._failures[number] = self._failures.get(number, 0) + 1
        if self._failures[number] >= TRIES:
            self._rests[number] = RESTS_FOR
