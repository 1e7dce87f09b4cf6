"""Takes in what is in the mailbox, one mail after another: read, saved, and only then put away.

A mail is named by what it says. Whoever dies before it is put away finds it in the inbox again, and takes it in no second time.
"""

import asyncio
import imaplib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from services.mailbox.domain.left import Left
from services.mailbox.domain.mail import Take
from services.mailbox.domain.reading import Raw, read, unreadable
from services.mailbox.imap import Refused
from services.mailbox.settings import MailboxSettings
from shared.events.mail import MailKind
from shared.runtime import metrics
from shared.runtime.mongo import Unavailable
from shared.runtime.service import Service
from shared.runtime.work import Rejected

log = structlog.get_logger()

CUT_OFF = (OSError, imaplib.IMAP4.abort)
SWEEP_EVERY = timedelta(hours=1)
FOLDERS: Mapping[MailKind, str] = {
    MailKind.DRAFT: "Taken",
    MailKind.FORMS: "Taken",
    MailKind.TOO_LARGE: "Too large",
    MailKind.UNREADABLE: "Unreadable",
    MailKind.AUTO_REPLY: "Automatic",
    MailKind.BOUNCE: "Bounces",
    MailKind.SPAM: "Spam",
}
"""Where a mail is put away. Nothing is deleted from there before its time."""


class Inbox(Protocol):
    """What `services.mailbox.imap.Mailbox` can do; each call waits."""

    def waiting(self) -> list[str]: ...

    def fetch(self, number: str) -> Raw | None: ...

    def put_away(self, number: str, folder: str) -> None: ...

    def let_go(self, folder: str, before: date) -> None: ...

    def close(self) -> None: ...


class Collecting:
    """This instance's look at the mailbox; another one beside it does no harm."""

    def __init__(self, service: Service, inbox: Inbox, settings: MailboxSettings) -> None:
        self._service, self._inbox, self._settings = service, inbox, settings
        self._swept_at: datetime | None = None
        self.reachable = False
        self.left = Left()

    async def step(self) -> None:
        """One look, and the pause until the next. What can't be done now is done with a later one."""
        try:
            await self._look()
            self.reachable = True
        except (OSError, imaplib.IMAP4.error, Refused) as error:
            self.reachable = False
            log.warning("waiting for the mailbox", error=type(error).__name__)
            await asyncio.to_thread(self._inbox.close)
        except Unavailable:
            log.warning("waiting for mongodb")
        await asyncio.sleep(self._settings.imap_look_seconds)

    async def _look(self) -> None:
        waiting = await asyncio.to_thread(self._inbox.waiting)
        metrics.MAILS_WAITING.set(len(waiting))
        for number in self.left.to_try(waiting):
            try:
                await self._collect(number)
            except Unavailable:
                raise
            except Exception as error:  # of this mail alone: the others go on, and it stays where it is seen to wait
                self.left.failed(number)
                metrics.MAILS_LEFT.inc()
                log.error("a mail stays in the inbox", error=type(error).__name__)
                if isinstance(error, CUT_OFF):  # the next look goes on with the others, over a new connection
                    raise
        await self._let_go()

    async def _collect(self, number: str) -> None:
        raw = await asyncio.to_thread(self._inbox.fetch, number)
        if raw:
            kind = await self._take(raw)
            await asyncio.to_thread(self._inbox.put_away, number, FOLDERS[kind])
            metrics.MAILS.labels(kind).inc()

    async def _take(self, raw: Raw) -> MailKind:
        """Saved when this returns, and what follows from it is on its way."""
        raw = self._in_service_time(raw)
        call = await asyncio.to_thread(read, raw, self._settings.rules)
        try:
            return await self._saved(call)
        except Rejected:  # more than fits on Kafka
            return await self._saved(unreadable(raw))

    async def _saved(self, call: Take) -> MailKind:
        kind: MailKind = await self._service.call_patiently(call, call.received.mail_id)
        return kind

    def _in_service_time(self, raw: Raw) -> Raw:
        """It is as old for the service as it is for the mail server, whatever clock each goes by, and never from the future."""
        age = max(self._service.platform.machine_clock.now() - raw.arrived_at, timedelta(0))
        return Raw(raw.content, self._service.clock.now() - age, raw.whole)

    async def _let_go(self) -> None:
        now = self._service.platform.machine_clock.now()
        if self._swept_at and now - self._swept_at < SWEEP_EVERY:
            return
        before = now.date() - timedelta(days=self._settings.mail_kept_days)
        for folder in dict.fromkeys(FOLDERS.values()):
            await asyncio.to_thread(self._inbox.let_go, folder, before)
        self._swept_at = now
