"""From somebody's mail program to Kafka, over a real mail server: each mail once, whoever dies when (R4, R28)."""

import asyncio
import imaplib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local import free_port
from deploy.local.process import Child
from deploy.local.services import is_ready
from services.mailbox.app import make
from services.mailbox.collecting import Inbox
from services.mailbox.domain.reading import Raw
from services.mailbox.imap import Mailbox, Refused
from services.mailbox.settings import MailboxSettings
from shared.events import topics
from shared.events.envelope import derive_id
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.mailbox.letters import REPORT, REQUEST, bounce, mail, with_form
from tests.mailbox.post import HOST, Mailboxes
from tests.support.outside import Outside, Seen
from tests.support.running import settings_for
from tests.support.waiting import PATIENCE, eventually

MAIL, FORMS, BOUNCES = topics.MAIL.name, topics.MAIL_FORMS.name, topics.MAIL_BOUNCES.name
STEPS = (
    "before look",
    "after look",
    "before fetch",
    "after fetch",
    "before save",
    "after save",
    "before move",
    "after move",
)


class Killed(Exception):
    """The process is gone: nothing comes after this."""


class Dying:
    """A mailbox whose reader dies at a step, for good; `at` empty: never."""

    def __init__(self, settings: MailboxSettings, at: str) -> None:
        self._inbox, self._at = Mailbox(settings), at
        self.dead = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.close, self.let_go = self._inbox.close, self._inbox.let_go

    def waiting(self) -> list[str]:
        return list(self._step("look", self._inbox.waiting))

    def fetch(self, number: str) -> Raw | None:
        found: Raw | None = self._step("fetch", partial(self._inbox.fetch, number))
        return found

    def put_away(self, number: str, folder: str) -> None:
        self._step("move", partial(self._inbox.put_away, number, folder))

    def die(self, here: str) -> None:
        if here == self._at:
            self._loop.call_soon_threadsafe(self.dead.set)
        if here == self._at or self.dead.is_set():
            raise Killed

    def _step(self, name: str, do: Callable[[], Any]) -> Any:
        self.die(f"before {name}")
        done = do()
        self.die(f"after {name}")
        return done


def reader(settings: Settings, mailbox: MailboxSettings, inbox: Inbox | None = None) -> Service:
    """The service; what it saves is a step of the dying one, too."""
    service = make(settings, mailbox=mailbox, inbox=inbox)
    if isinstance(inbox, Dying):
        save = service.call_patiently

        async def dying(*call: Any) -> Any:
            inbox.die("before save")
            saved = await save(*call)
            inbox.die("after save")
            return saved

        service.call_patiently = dying  # type: ignore[method-assign, assignment]
    return service


@asynccontextmanager
async def reading(
    kafka: str, mongo_uri: str, mailbox: MailboxSettings, inbox: Inbox | None = None
) -> AsyncIterator[Service]:
    """A service that reads, whether it is ready or not; a database goes with each mailbox."""
    settings = settings_for(kafka, mongo_uri, mongodb_prefix=f"mailbox_{mailbox.imap_user.partition('@')[0]}")
    service = reader(settings, mailbox, inbox)
    async with service.app.router.lifespan_context(service.app):
        yield service


async def lie(post: Mailboxes, address: str, **folders: int) -> None:
    """Returns once so many mails lie in these folders, and none elsewhere."""
    wanted = {name.replace("_", " "): count for name, count in folders.items()}
    assert await asyncio.to_thread(eventually, lambda: post.lying(address) == wanted), post.lying(address)


def about(subject: str) -> Callable[[Seen], bool]:
    return lambda seen: bool(seen.data.get("subject") == subject)


async def test_every_mail_has_an_outcome_that_shows_and_lies_where_it_can_be_looked_at(
    kafka: str, mongo_uri: str, party: Outside, post: Mailboxes
) -> None:
    address, ours = "kinds@localhost", derive_id("message", "of", "ours")
    broken = b"Subject: broken\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n" * 40 + b"\r\nHelp"
    settings = post.settings(address, mail_most_bytes=20_000)
    forms = with_form(subject="forms")
    forms.add_attachment(
        str(REPORT).replace("'", '"').encode(), maintype="application", subtype="json", filename="b.json"
    )
    mails: Mapping[str, EmailMessage | bytes] = {
        "draft": mail(subject="draft"),
        "auto_reply": mail(subject="auto_reply", auto_submitted="auto-replied"),
        "spam": mail(subject="spam", x_spam_flag="YES"),
        "too_large": mail("Help me.\n" * 5000, subject="too_large"),
        "forms": forms,
        "bounce": bounce(ours).replace(b"Undelivered Mail Returned to Sender", b"bounce"),
        "unreadable": broken,
    }
    post.send(address, *mails.values())
    async with reading(kafka, mongo_uri, settings):
        await lie(post, address, Taken=2, Automatic=1, Spam=1, Too_large=1, Bounces=1, Unreadable=1)
    for kind in mails:
        subject = "" if kind == "unreadable" else kind
        assert (await party.one(MAIL, type="upc.mail.received", kind=kind, subject=subject)).data["received_at"]
    (form, report) = await party.wait(FORMS, count=2)
    assert (form.data["body"], form.data["agency"]) == (REQUEST, "police-wyp")
    assert (report.data["form"], report.data["place"]) == ("breach_report", 1)
    assert (await party.one(BOUNCES, message_id=ours)).data["permanent"] is True


class Choosy(Mailbox):
    """A server that does not hand out one of the mails; it says so, or ends the connection."""

    fails: type[Exception] = Refused

    def fetch(self, number: str) -> Raw | None:
        if number == "1":
            raise self.fails
        return super().fetch(number)


@pytest.mark.parametrize("fails", [Refused, imaplib.IMAP4.abort])
async def test_one_mail_that_the_server_does_not_hand_out_holds_up_no_other_and_shows(
    kafka: str, mongo_uri: str, party: Outside, post: Mailboxes, fails: type[Exception]
) -> None:
    name = fails.__name__.lower()
    address, settings = f"{name}@localhost", post.settings(f"{name}@localhost")
    post.send(address, mail(subject=f"stays {name}"), mail(subject=f"goes on {name}"))
    inbox = Choosy(settings)
    inbox.fails = fails
    async with reading(kafka, mongo_uri, settings, inbox) as service, asyncio.timeout(PATIENCE):
        await lie(post, address, INBOX=1, Taken=1)
        await party.wait(MAIL, about(f"goes on {name}"))
        while await service.missing() != ["way to take in every mail"]:
            await asyncio.sleep(0.05)
    assert await party.by_now(MAIL, about(f"stays {name}")) == []


async def test_whoever_dies_at_whichever_step_each_mail_is_taken_in_once(
    kafka: str, mongo_uri: str, party: Outside, post: Mailboxes
) -> None:
    address = "steps@localhost"
    settings = post.settings(address)
    for step in STEPS:
        post.send(address, mail(subject=f"dies {step}", message_id=f"<{step.replace(' ', '-')}@example.org>"))
        inbox = Dying(settings, step)
        async with reading(kafka, mongo_uri, settings, inbox), asyncio.timeout(PATIENCE):
            await inbox.dead.wait()
    async with reading(kafka, mongo_uri, settings):
        await lie(post, address, Taken=len(STEPS))
        for step in STEPS:
            await party.wait(MAIL, about(f"dies {step}"))
    for step in STEPS:
        assert await events(party, f"dies {step}") == 1


async def test_a_mail_that_comes_twice_and_two_who_read_at_once_make_one_draft(
    kafka: str, mongo_uri: str, party: Outside, post: Mailboxes
) -> None:
    address, settings = "twice@localhost", post.settings("twice@localhost")
    for number in range(5):
        again = mail(subject=f"twice {number}", message_id=f"<{number}@example.org>")
        post.send(address, again, again)
    async with reading(kafka, mongo_uri, settings), reading(kafka, mongo_uri, settings):
        await lie(post, address, Taken=10)
        for number in range(5):
            await party.wait(MAIL, about(f"twice {number}"))
    for number in range(5):
        assert await events(party, f"twice {number}") == 1


async def test_a_process_killed_after_it_saved_and_before_it_could_move_takes_nothing_in_twice(
    kafka: str, mongo_uri: str, party: Outside, post: Mailboxes, tmp_path: Path
) -> None:
    address, port, own_port = "killed@localhost", free_port(), free_port()
    known = settings_for(kafka, mongo_uri, mongodb_prefix="mailbox_killed").model_dump(exclude_defaults=True)
    own = {"IMAP_HOST": HOST, "IMAP_SECURITY": "none", "IMAP_USER": address, "IMAP_PASSWORD": address}
    env = {name.upper(): str(value) for name, value in known.items()} | own | {"IMAP_LOOK_SECONDS": "0.1"}
    env |= {"OIDC_ISSUER": "http://127.0.0.1:1/realms/none", "MAILBOX_PORT": str(own_port), "IMAP_PORT": str(port)}
    post.send(address, mail(subject="killed"))
    child = Child("mailbox", [sys.executable, "-m", "services.mailbox"], tmp_path / "log", {**os.environ, **env})
    async with no_moves(port, post.imap_port) as asked_to_move:
        child.start()
        try:
            async with asyncio.timeout(PATIENCE):
                await asked_to_move.wait()
        finally:
            child.kill()
    assert not is_ready(own_port)
    await lie(post, address, INBOX=1)
    async with reading(kafka, mongo_uri, post.settings(address)):
        await lie(post, address, Taken=1)
        await party.wait(MAIL, about("killed"))
    assert await events(party, "killed") == 1


async def events(party: Outside, subject: str) -> int:
    """How many events there are about such mails: one may be published twice, under the same name."""
    return len({record.id for record in await party.by_now(MAIL, about(subject))})


@asynccontextmanager
async def no_moves(port: int, behind: int) -> AsyncIterator[asyncio.Event]:
    """A way to the mail server on which nobody moves anything; set once somebody wants to."""
    asked, ended = asyncio.Event(), asyncio.Event()

    async def hand_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(HOST, behind)
        answers = asyncio.create_task(hand_back(back, writer))
        while line := await reader.readline():
            if b"UID MOVE" in line:
                asked.set()
            else:
                forth.write(line)
        forth.close()
        await answers
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, HOST, port)
    async with server:
        yield asked
        await ended.wait()


async def test_while_the_mail_server_is_away_the_service_waits_and_says_so(
    kafka: str, mongo_uri: str, post: Mailboxes
) -> None:
    nobody = post.settings("away@localhost", imap_port=free_port())
    async with reading(kafka, mongo_uri, nobody) as service, asyncio.timeout(PATIENCE):
        while await service.missing() != ["mail server"]:
            await asyncio.sleep(0.05)


def test_what_lies_long_enough_goes_and_the_rest_stays(post: Mailboxes) -> None:
    address = "old@localhost"
    post.send(address, mail())
    inbox = Mailbox(post.settings(address))
    (number,) = inbox.waiting()
    inbox.put_away(number, "Taken")
    inbox.let_go("Taken", date(2020, 1, 1))
    inbox.let_go("Nobody ever made this one", date(2999, 1, 1))
    assert post.lying(address) == {"Taken": 1}
    inbox.let_go("Taken", date(2999, 1, 1))
    assert post.lying(address) == {}
    inbox.close()


def test_a_server_that_can_t_move_has_the_mail_copied_and_then_deleted(post: Mailboxes) -> None:
    address = "copied@localhost"
    post.send(address, mail(), mail(message_id="<2@example.org>"))
    inbox = Mailbox(post.settings(address))
    first, second = inbox.waiting()
    inbox._server().capabilities = ("UIDPLUS",)
    inbox.put_away(first, "Taken")
    assert post.lying(address) == {"INBOX": 1, "Taken": 1}
    inbox.waiting()
    inbox._server().capabilities = ()
    inbox.put_away(second, "Taken")
    assert post.lying(address) == {"Taken": 2}
    assert inbox.waiting() == []
    inbox.close()
