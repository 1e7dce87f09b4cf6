"""What delivers an e-mail, whichever way."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from services.notifications.domain.delivery import Outcome
from services.notifications.domain.messages import Message

HandOver = Callable[[], Awaitable[None]]
"""Records durably that the next step can't be undone. Raises where somebody else has the message by now."""


class Postman(Protocol):
    """Delivers one message, and can be asked after one that was handed over.

    Any exception means: no answer. Before the hand-over nothing was taken then; after it nobody knows.
    """

    async def send(self, message: Message, hand_over: HandOver) -> Outcome:
        """Calls `hand_over` once, just before the step after which a lost answer would leave the outcome unknown."""
        ...

    async def look_up(self, message: Message) -> Outcome:
        """What became of a message that was handed over."""
        ...
