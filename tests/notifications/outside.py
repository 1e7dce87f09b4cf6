"""What other services publish, sent over the real Kafka, and how to wait for what comes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from shared.events.envelope import Event, to_record
from tests.notifications.given import NOW, submitted
from tests.support.outside import Outside
from tests.support.smtp import ReceivedMail, SmtpPeer
from tests.support.waiting import PATIENCE

_count = iter(range(1_000_000))


def fresh() -> str:
    """A request id that no test used before."""
    return f"req{next(_count)}"


async def publish(party: Outside, event: Event, event_id: str | None = None) -> None:
    record = to_record(event, "urn:test", "id", NOW, "")
    key = record.key.decode() if record.key else None
    await party.send(event.TOPIC.name, record.value or b"", key, event_id=event_id, event_type=event.TYPE)


async def submit(party: Outside, **requester: Any) -> str:
    """A request of a requester with an address of its own; returns its id, of which the address is made."""
    request_id = fresh()
    requester = {"email": f"{request_id}@example.org"} | requester
    await publish(party, submitted(request_id, requester=requester))
    return request_id


async def until(there: Callable[[], Any], timeout: float = PATIENCE) -> Any:
    """What `there` gives as soon as that is something. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        while not (found := there()):
            await asyncio.sleep(0.02)
    return found


def mails(peer: SmtpPeer, request_id: str, *words: str) -> list[ReceivedMail]:
    """What the requester of `request_id` was sent that has all of `words`."""
    sent = [mail for mail in peer.mails if mail.recipients == [f"{request_id}@example.org"]]
    return [mail for mail in sent if all(word in mail.message.get_content() for word in words)]
