"""Nobody is told twice and nothing is lost, whatever a mail server does and whenever a program stops (R28)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import structlog

from deploy.local import free_port
from services.notifications.app import make
from services.notifications.domain.messages import Message
from services.notifications.settings import SendingSettings
from shared.events.envelope import derive_id
from tests.notifications.conftest import START
from tests.notifications.outside import fresh, mails, submit, until
from tests.support.outside import Outside, Seen
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.smtp import SmtpPeer
from tests.support.waiting import PATIENCE

TASKS = "upc.tasks.v1"
SHORT = 10.0
"""Seconds of a lease that has to run out."""


@dataclass
class Post:
    """Instances of the service over one database, all with the same clock."""

    kafka: str
    mongo_uri: str
    prefix: str
    clock: HandClock

    def instance(self, port: int, lease: float = 120) -> AbstractAsyncContextManager[Running]:
        """One more instance, which sends to the mail server at `port` and has half a lease for each attempt."""
        sending = SendingSettings(smtp_port=port, lease_seconds=lease)
        settings = settings_for(self.kafka, self.mongo_uri, mongodb_prefix=self.prefix)
        return running(lambda settings, clock: make(settings, clock, sending=sending), settings, self.clock)


@pytest.fixture
def post(kafka: str, mongo_uri: str, party: Outside) -> Post:
    return Post(kafka, mongo_uri, f"sending_{fresh()}", HandClock(START))


async def state_of(instance: Running, request_id: str) -> Message | None:
    key = derive_id("message", request_id, "received", "")
    return await instance.service.query(lambda work: work.get(Message, key))


async def in_stage(instance: Running, request_id: str, stage: str, handed_over: bool = False) -> None:
    """Waits until the message about the receipt of `request_id` is there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await state_of(instance, request_id)
            if message and (message.stage, message.handed_over) == (stage, handed_over):
                return
            await asyncio.sleep(0.02)


async def task_of(party: Outside, request_id: str) -> Seen:
    return await party.one(TASKS, request_id=request_id)


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Takes connections and never says a word."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_r28_an_answer_that_never_came_over_a_restart_is_told_once_and_checked(
    post: Post, party: Outside, smtp_peer: SmtpPeer
) -> None:
    smtp_peer.behaviour = "hang"
    async with post.instance(smtp_peer.port, lease=SHORT) as first:
        key = await submit(party)
        await in_stage(first, key, "sending", handed_over=True)
    smtp_peer.behaviour = "accept"
    async with post.instance(smtp_peer.port):
        task = await task_of(party, key)
    assert task.data["kind"] == "check_delivery"
    assert "may or may not have arrived" in task.data["text"]
    assert mails(smtp_peer, key) == []


async def test_r28_an_email_that_was_taken_without_an_answer_is_not_sent_again(
    post: Post, party: Outside, smtp_peer: SmtpPeer
) -> None:
    smtp_peer.behaviour = "drop"
    async with post.instance(smtp_peer.port) as first:
        key = await submit(party)
        await in_stage(first, key, "waiting", handed_over=True)
    smtp_peer.behaviour = "accept"
    async with post.instance(smtp_peer.port):
        post.clock.forward(timedelta(minutes=1))
        assert (await task_of(party, key)).data["kind"] == "check_delivery"
    assert len(mails(smtp_peer, key)) == 1


async def test_r28_an_email_that_was_never_handed_over_is_sent_after_a_restart(
    post: Post, party: Outside, smtp_peer: SmtpPeer
) -> None:
    async with silent_server() as port, post.instance(port, lease=SHORT) as first:
        key = await submit(party)
        await in_stage(first, key, "sending")
    async with post.instance(smtp_peer.port) as second:
        await until(lambda: mails(smtp_peer, key))
        await in_stage(second, key, "sent", handed_over=True)
    assert len(mails(smtp_peer, key)) == 1
    assert party.records(TASKS, lambda task: task.data["request_id"] == key) == []


async def test_r28_a_mail_server_that_is_away_is_tried_again(post: Post, party: Outside) -> None:
    port = free_port()
    async with post.instance(port) as instance:
        key = await submit(party)
        await in_stage(instance, key, "waiting")
        with SmtpPeer(port=port) as peer:
            post.clock.forward(timedelta(minutes=1))
            await until(lambda: mails(peer, key))
            await in_stage(instance, key, "sent", handed_over=True)
            assert len(mails(peer, key)) == 1


async def test_r28_a_refused_address_becomes_a_task(post: Post, party: Outside, smtp_peer: SmtpPeer) -> None:
    smtp_peer.behaviour = "refuse"
    with structlog.testing.capture_logs() as logs:
        async with post.instance(smtp_peer.port):
            key = await submit(party)
            task = await task_of(party, key)
    assert {log["code"] for log in logs if log["event"] == "the mail server says no"} == {550}
    assert task.data["kind"] == "undeliverable"
    assert task.data["step"] == "received"
    assert f"{key}@example.org" in task.data["text"]


async def test_r28_an_impossible_address_becomes_a_task(post: Post, party: Outside, smtp_peer: SmtpPeer) -> None:
    async with post.instance(smtp_peer.port):
        key = await submit(party, email="sam@example.org\r\nRCPT TO:<all@example.org>")
        assert (await task_of(party, key)).data["kind"] == "undeliverable"
    assert f"Your request UPC-{key}" not in [mail.message["Subject"] for mail in smtp_peer.mails]


async def test_r28_two_instances_send_each_email_once(post: Post, party: Outside, smtp_peer: SmtpPeer) -> None:
    async with post.instance(smtp_peer.port), post.instance(smtp_peer.port):
        keys = [await submit(party) for _ in range(60)]
        await until(lambda: all(mails(smtp_peer, key) for key in keys))
        await asyncio.sleep(0.5)
    assert [len(mails(smtp_peer, key)) for key in keys] == [1] * 60


async def test_r26_an_email_waits_for_the_safe_time_over_a_restart(
    post: Post, party: Outside, smtp_peer: SmtpPeer
) -> None:
    async with post.instance(smtp_peer.port) as first:
        key = await submit(party, safe_to_contact={"not_before": "18:00", "not_after": "20:00"})
        await in_stage(first, key, "waiting")
        post.clock.forward(timedelta(hours=8, minutes=59))
        other = await submit(party)
        await until(lambda: mails(smtp_peer, other))
        assert mails(smtp_peer, key) == []
    post.clock.forward(timedelta(minutes=1))
    async with post.instance(smtp_peer.port):
        await until(lambda: mails(smtp_peer, key))
    assert len(mails(smtp_peer, key)) == 1
