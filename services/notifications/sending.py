"""Sends what is ready, many at once, in any number of instances, each message once (R28)."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from services.notifications.domain.delivery import ClaimMessages, HandMessageOver, Outcome, SettleMessage
from services.notifications.domain.messages import Message, Stage
from services.notifications.postman import Postman
from services.notifications.settings import SendingSettings
from shared.events.envelope import Event
from shared.runtime.metrics import MESSAGES
from shared.runtime.mongo import Unavailable
from shared.runtime.service import Service

log = structlog.get_logger()

MOST_ON_THEIR_WAY = 1000


class Superseded(Exception):
    """Another instance has the message by now."""


class Sending:
    """This instance's share of the sending. Leases are in machine time, whatever clock the service runs by."""

    def __init__(self, service: Service, postman: Postman, settings: SendingSettings) -> None:
        self._service, self._postman, self._settings = service, postman, settings
        self._holder, self._machine_clock = service.platform.instance, service.platform.machine_clock
        self._on_their_way: set[str] = set()
        for outcome in Outcome:
            MESSAGES.labels(outcome)  # from 0: of what begins with 1 nobody sees that it grew

    async def run(self) -> None:
        """Until cancelled. What is cut off on its way is settled by whoever finds its lease run out."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for message in await self._claim_if_possible():
                    self._on_their_way.add(message.message_id)
                    tasks.create_task(self._deliver(message))
                await asyncio.sleep(self._service.settings.tick_seconds)

    async def _claim_if_possible(self) -> list[Message]:
        """A fault here must not cut off what is on its way."""
        try:
            return await self._claim()
        except Exception as error:
            log.warning("nothing claimed", error=type(error).__name__)
            return []

    async def _claim(self) -> list[Message]:
        free = self._settings.at_once - len(self._on_their_way)
        if free <= 0:
            return []
        ready = await self._service.named(Message, Stage.READY, free)
        stuck = await self._service.named(Message, Stage.SENDING, MOST_ON_THEIR_WAY)
        ids = [key for key in (*ready, *stuck) if key not in self._on_their_way]
        if not ids:
            return []
        at = self._machine_clock.now()
        event = ClaimMessages(message_ids=tuple(ids), holder=self._holder, at=at, until=at + self._lease)
        return list(await self._service.call_patiently(event, self._holder))

    async def _deliver(self, message: Message) -> None:
        try:
            outcome = await self._attempt(message)
            event = SettleMessage(message_id=message.message_id, holder=self._holder, outcome=outcome)
            await self._patiently(event)
            MESSAGES.labels(outcome).inc()
        except Superseded:
            log.warning("another instance has it", message_id=message.message_id)
        except Exception as error:
            log.error("not settled", message_id=message.message_id, error=type(error).__name__)
        finally:
            self._on_their_way.discard(message.message_id)

    async def _attempt(self, message: Message) -> Outcome:
        handed_over = message.handed_over

        async def hand_over() -> None:
            nonlocal handed_over
            until = self._machine_clock.now() + self._lease
            event = HandMessageOver(message_id=message.message_id, holder=self._holder, until=until)
            if not await self._patiently(event):
                raise Superseded
            handed_over = True

        try:
            async with asyncio.timeout(self._settings.lease_seconds / 2):
                if handed_over:
                    return await self._postman.look_up(message)
                return await self._postman.send(message, hand_over)
        except Superseded:
            raise
        except Exception as error:
            log.warning("no answer", message_id=message.message_id, error=type(error).__name__)
            return Outcome.ASK_LATER if handed_over else Outcome.NOT_TAKEN

    async def _patiently(self, event: Event) -> Any:
        """The call's answer, however long MongoDB is away: each of them may be made again."""
        while True:
            try:
                return await self._service.call_patiently(event, self._holder)
            except Unavailable:
                await asyncio.sleep(self._service.settings.tick_seconds)

    @property
    def _lease(self) -> timedelta:
        return timedelta(seconds=self._settings.lease_seconds)
