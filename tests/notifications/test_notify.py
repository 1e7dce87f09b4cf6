"""GOV.UK Notify: the real client against a peer that speaks its API (R26, R28)."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from services.notifications.app import make
from services.notifications.domain.messages import Message
from services.notifications.settings import SendingSettings
from shared.events.envelope import derive_id
from tests.notifications.conftest import START
from tests.notifications.outside import fresh, submit, until
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.waiting import PATIENCE

SERVICE, SECRET = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-000000000000"
TASKS = "upc.tasks.v1"


@dataclass
class NotifyPeer:
    """Notify's `/v2/notifications`: `answer` is the status that a POST gets; `lost` takes it and answers nothing.

    It may hear of other tests' requests too: the next instance reads again what the last one had no time to commit.
    """

    url: str = ""
    answer: int = 201
    lost: bool = False
    status: str = "created"
    posts: list[dict[str, Any]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)

    def post(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.posts.append(body)
        if self.answer != 201:
            return self.answer, {"status_code": self.answer, "errors": [{"error": "BadRequestError", "message": "no"}]}
        self.taken.append(body)
        if self.lost:
            self.stopping.wait()
        return 201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": body["reference"]}

    def get(self, reference: str) -> dict[str, Any]:
        self.asked.append(reference)
        known = [body for body in self.taken if body["reference"] == reference]
        return {"notifications": [{"reference": reference, "status": self.status} for _ in known], "links": {}}

    def posted(self, request_id: str) -> list[dict[str, Any]]:
        return [body for body in self.posts if body["reference"] == message_id(request_id)]

    def took(self, request_id: str) -> list[dict[str, Any]]:
        return [body for body in self.taken if body["reference"] == message_id(request_id)]


def message_id(request_id: str) -> str:
    return derive_id("message", request_id, "received", "")


@contextmanager
def notify_peer() -> Iterator[NotifyPeer]:
    peer = NotifyPeer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.reply(*peer.post(body))

        def do_GET(self) -> None:
            (reference,) = parse_qs(urlsplit(self.path).query)["reference"]
            self.reply(200, peer.get(reference))

        def reply(self, status: int, body: dict[str, Any]) -> None:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            assert jwt.decode(token, SECRET, algorithms=["HS256"])["iss"] == SERVICE
            if peer.stopping.is_set():
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield peer
    finally:
        peer.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def notify() -> Iterator[NotifyPeer]:
    with notify_peer() as peer:
        yield peer


@pytest.fixture
def clock() -> HandClock:
    return HandClock(START)


@pytest.fixture
def prefix() -> str:
    return f"notify_{fresh()}"


Start = Any


@pytest.fixture
def start(kafka: str, mongo_uri: str, party: Outside, clock: HandClock, notify: NotifyPeer, prefix: str) -> Start:
    def instance(lease: float = 120) -> AbstractAsyncContextManager[Running]:
        sending = SendingSettings(
            notify_api_key=f"test-{SERVICE}-{SECRET}",
            notify_template_id="t1",
            notify_base_url=notify.url,
            lease_seconds=lease,
        )
        settings = settings_for(kafka, mongo_uri, mongodb_prefix=prefix)
        return running(lambda settings, clock: make(settings, clock, sending=sending), settings, clock)

    return instance


@pytest.fixture
async def service(start: Start) -> AsyncIterator[Running]:
    async with start() as up:
        yield up


async def in_stage(instance: Running, request_id: str, stage: str, handed_over: bool = True) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await instance.service.query(lambda work: work.get(Message, message_id(request_id)))
            if message and (message.stage, message.handed_over) == (stage, handed_over):
                return
            await asyncio.sleep(0.02)


async def test_r26_notify_gets_the_words_and_our_reference(
    service: Running, party: Outside, notify: NotifyPeer
) -> None:
    key = await submit(party)
    (post,) = await until(lambda: notify.posted(key))
    assert (post["email_address"], post["template_id"]) == (f"{key}@example.org", "t1")
    assert post["personalisation"]["subject"] == f"Your request UPC-{key}"
    assert "This does not replace a court order" in post["personalisation"]["body"]


async def test_what_notify_delivered_is_done(
    service: Running, party: Outside, notify: NotifyPeer, clock: HandClock
) -> None:
    key = await submit(party)
    await in_stage(service, key, "waiting")
    notify.status = "delivered"
    clock.forward(timedelta(minutes=1))
    await in_stage(service, key, "sent")
    assert len(notify.posted(key)) == 1


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
async def test_r28_a_bounce_becomes_a_task(
    status: str, service: Running, party: Outside, notify: NotifyPeer, clock: HandClock
) -> None:
    key = await submit(party)
    await in_stage(service, key, "waiting")
    clock.forward(timedelta(minutes=1))
    await until(lambda: message_id(key) in notify.asked)
    await in_stage(service, key, "waiting")
    notify.status = status
    clock.forward(timedelta(minutes=10))
    assert (await party.one(TASKS, request_id=key)).data["kind"] == "undeliverable"
    assert len(notify.posted(key)) == 1


async def test_r28_what_notify_refuses_becomes_a_task(service: Running, party: Outside, notify: NotifyPeer) -> None:
    notify.answer = 400
    key = await submit(party)
    assert (await party.one(TASKS, request_id=key)).data["kind"] == "undeliverable"
    assert len(notify.posted(key)) == 1


@pytest.mark.parametrize("answer", [403, 429])
async def test_r28_what_notify_does_not_take_now_is_tried_again(
    answer: int, service: Running, party: Outside, notify: NotifyPeer, clock: HandClock
) -> None:
    notify.answer = answer
    key = await submit(party)
    await in_stage(service, key, "waiting", handed_over=False)
    notify.answer = 201
    clock.forward(timedelta(minutes=1))
    await in_stage(service, key, "waiting")
    assert (len(notify.posted(key)), len(notify.took(key))) == (2, 1)


async def test_r28_a_broken_answer_is_looked_up_and_sent_again_only_if_it_was_not_taken(
    service: Running, party: Outside, notify: NotifyPeer, clock: HandClock
) -> None:
    notify.answer = 500
    key = await submit(party)
    await in_stage(service, key, "waiting")
    notify.answer = 201
    clock.forward(timedelta(minutes=1))
    await in_stage(service, key, "waiting", handed_over=False)
    clock.forward(timedelta(minutes=1))
    await in_stage(service, key, "waiting")
    assert (len(notify.posted(key)), len(notify.took(key)), notify.asked.count(message_id(key))) == (2, 1, 1)


async def test_r28_an_email_that_notify_took_over_a_restart_is_sent_once(
    start: Start, party: Outside, notify: NotifyPeer
) -> None:
    notify.lost = True
    async with start(lease=10) as first:
        key = await submit(party)
        await until(lambda: notify.took(key))
        await in_stage(first, key, "sending")
    notify.status = "delivered"
    async with start(lease=10) as second:
        await in_stage(second, key, "sent")
    assert len(notify.posted(key)) == 1
    assert party.records(TASKS, lambda task: task.data["request_id"] == key) == []
