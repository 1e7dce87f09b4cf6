"""An e-mail on its way: who sends it, what became of it, what follows (R28).

ready → sending → (handed over) → sent; back to waiting where it was not taken or has to be asked after; a task where
only a person can go on. What was handed over is never sent again before somebody said that it was not taken.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from services.notifications.domain.messages import Message, Stage
from services.notifications.domain.safe_times import is_safe, next_safe
from shared.events.envelope import Event, Moment
from shared.events.mail import MessageBounced
from shared.events.notices import TaskKind

TRY_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, 480))
ASK_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 10, 60, 360, 1440, 1440, 1440))
"""GOV.UK Notify goes on trying for 72 hours; after these nobody asks any more."""


class ClaimMessages(Event):
    """`holder` wants to send those of `message_ids` that nobody else is sending; `at` and `until` are machine time."""

    TYPE: ClassVar[str] = "claim-messages"

    message_ids: tuple[str, ...]
    holder: str
    at: Moment
    until: Moment


class HandMessageOver(Event):
    """The next thing `holder` does is what can't be undone."""

    TYPE: ClassVar[str] = "hand-message-over"

    message_id: str
    holder: str
    until: Moment


class Outcome(StrEnum):
    """What became of an attempt, as far as anybody can know."""

    SENT = "sent"
    ASK_LATER = "ask_later"
    NOT_TAKEN = "not_taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class SettleMessage(Event):
    """What `holder` found out."""

    TYPE: ClassVar[str] = "settle-message"

    message_id: str
    holder: str
    outcome: Outcome


def claim(message: Message, event: ClaimMessages, now: datetime) -> Message:
    """In the claimer's hands, if it is free (or its holder was not heard of in time) and the time is safe (R26)."""
    expired = message.stage is Stage.SENDING and message.held_until is not None and message.held_until <= event.at
    if not (expired or message.stage is Stage.READY):
        return message
    if not message.handed_over and not is_safe(message.safe, now):
        return _wait(message, next_safe(message.safe, now))
    return message.but(stage=Stage.SENDING, holder=event.holder, held_until=event.until)


def hand_over(message: Message, event: HandMessageOver) -> Message | None:
    """Handed over; None where another holds the message by now, who alone may go on."""
    if message.stage is not Stage.SENDING or message.holder != event.holder:
        return None
    return message.but(handed_over=True, held_until=event.until)


def settle(message: Message, event: SettleMessage, now: datetime) -> tuple[Message, TaskKind | None]:
    """The message after `event`, and the task that a person gets. What another holds by now is left to them."""
    if message.stage is not Stage.SENDING or message.holder != event.holder:
        return message, None
    match event.outcome:
        case Outcome.SENT:
            return _done(message, Stage.SENT), None
        case Outcome.NOT_TAKEN if message.attempts < len(TRY_AGAIN_AFTER):
            again = next_safe(message.safe, now + TRY_AGAIN_AFTER[message.attempts])
            return _wait(message, again).but(handed_over=False, attempts=message.attempts + 1), None
        case Outcome.ASK_LATER if message.look_ups < len(ASK_AGAIN_AFTER):
            asked = now + ASK_AGAIN_AFTER[message.look_ups]
            return _wait(message, asked).but(handed_over=True, look_ups=message.look_ups + 1), None
        case Outcome.REFUSED | Outcome.NOT_TAKEN:
            return _done(message, Stage.TASK), TaskKind.UNDELIVERABLE
        case _:
            return _done(message, Stage.TASK), TaskKind.CHECK_DELIVERY


def came_back(message: Message, event: MessageBounced, now: datetime) -> tuple[Message, TaskKind | None]:
    """What a server took, and says later that it did not deliver: tried again once where that is of use, then a task (R28).

    Where it went beyond the address that we wrote to, it may have arrived there: a person checks, and nothing is sent again.
    """
    if message.stage is not Stage.SENT:
        return message, None
    if not event.at_recipient:
        return _done(message, Stage.TASK), TaskKind.CHECK_DELIVERY
    if event.permanent or message.came_back or message.attempts >= len(TRY_AGAIN_AFTER):
        return _done(message, Stage.TASK), TaskKind.UNDELIVERABLE
    again = next_safe(message.safe, now + TRY_AGAIN_AFTER[message.attempts])
    return _wait(message, again).but(handed_over=False, attempts=message.attempts + 1, came_back=True), None


def _wait(message: Message, until: datetime) -> Message:
    return message.but(stage=Stage.WAITING, not_before=until, holder=None, held_until=None)


def _done(message: Message, stage: Stage) -> Message:
    return message.but(stage=stage, holder=None, held_until=None)
