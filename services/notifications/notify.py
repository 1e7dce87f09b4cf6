"""E-mail by GOV.UK Notify, which knows a message by our reference, and can be asked what became of it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing
from typing import Any

from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from services.notifications.domain.delivery import Outcome
from services.notifications.domain.messages import Message
from services.notifications.postman import HandOver
from services.notifications.settings import SendingSettings

FAILED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})
BAD_REQUEST, SERVER_ERROR = 400, 500

logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)  # it would log what Notify answers


class NotifyPostman:
    """One client for each call: they are not thread-safe."""

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings

    async def send(self, message: Message, hand_over: HandOver) -> Outcome:
        await hand_over()
        try:
            await self._call(
                lambda notify: notify.send_email_notification(
                    email_address=message.to,
                    template_id=self._settings.notify_template_id,
                    personalisation={"subject": message.subject, "body": without_hidden_links(message.text)},
                    reference=message.message_id,
                )
            )
        except HTTPError as error:
            return _refusal(error.status_code)
        return Outcome.ASK_LATER

    async def look_up(self, message: Message) -> Outcome:
        """Notify tries for 72 hours by itself: what it gave up on is for a person (R28)."""
        found = await self._call(lambda notify: notify.get_all_notifications(reference=message.message_id))
        statuses = {notification["status"] for notification in found["notifications"]}
        if not statuses:
            return Outcome.NOT_TAKEN
        if "delivered" in statuses:
            return Outcome.SENT
        return Outcome.REFUSED if statuses <= FAILED else Outcome.ASK_LATER

    async def _call(self, what: Callable[[Any], Any]) -> Any:
        def in_thread() -> Any:
            settings = self._settings
            client = NotificationsAPIClient(  # type: ignore[no-untyped-call]
                settings.notify_api_key, base_url=settings.notify_base_url, timeout=settings.lease_seconds / 4
            )
            with closing(client.request_session):
                return what(client)

        return await asyncio.to_thread(in_thread)


def without_hidden_links(text: str) -> str:
    """Notify reads Markdown: nobody's words hide an address behind other words."""
    return text.replace("](", "] (")


def _refusal(status: int) -> Outcome:
    """400 is about the message. Other 4xx (the key, the limits) will pass; with any other it may have been taken."""
    if status == BAD_REQUEST:
        return Outcome.REFUSED
    return Outcome.NOT_TAKEN if status < SERVER_ERROR else Outcome.ASK_LATER
