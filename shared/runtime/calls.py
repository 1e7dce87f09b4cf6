"""Calls from HTTP, from when they come to when they are answered: who can't be served soon is refused, not kept waiting."""

import asyncio
from collections.abc import Mapping
from math import inf
from typing import Any

from shared.runtime.items import Item
from shared.runtime.mongo import Unavailable

MOST_CALLS = 1000
"""Calls that may wait at once; more are refused, so that none is accepted and lost."""
LONGEST_CALL = 5.0
"""Seconds that a caller waits. Where calls have been held up for longer, the next ones are refused at once. Where it took longer
to save the last ones, all but one at a time are, until that is saved sooner."""

Answer = asyncio.Future[Any]


class Calls:
    """Those that wait to be begun, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: dict[Answer, Item] = {}
        self._held_up_since = inf
        self._begun: float | None = None
        self._slow = False

    def add(self, item: Item) -> Answer:
        """Raises Unavailable where it would only wait."""
        loop = asyncio.get_running_loop()
        if len(self._waiting) >= (1 if self._slow else MOST_CALLS) or loop.time() - self._held_up_since > LONGEST_CALL:
            raise Unavailable
        self._held_up_since = min(self._held_up_since, loop.time())
        answer: Answer = loop.create_future()
        self._waiting[answer] = item
        return answer

    @property
    def waiting(self) -> int:
        """How many there are."""
        return len(self._waiting)

    def take_back(self, answer: Answer) -> None:
        """Nobody waits for it any more: where it was not begun, it is never done."""
        self._waiting.pop(answer, None)

    def begin(self) -> Mapping[Answer, Item]:
        """All that wait; `ended` when they came through, or did not."""
        self._begun = asyncio.get_running_loop().time() if self._waiting else None
        begun, self._waiting = self._waiting, {}
        return begun

    def ended(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._begun is not None:
            self._slow = now - self._begun > LONGEST_CALL
        self._held_up_since = now if self._waiting else inf


def settle(calls: Mapping[Answer, Item], error: Exception | None = None) -> None:
    """Answers those who still wait."""
    for answer, item in calls.items():
        failed = error or (item.answer if isinstance(item.answer, Exception) else None)
        if answer.done():
            continue
        if failed:
            answer.set_exception(failed)
        else:
            answer.set_result(item.answer)
