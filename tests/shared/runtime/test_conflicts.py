import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shared.runtime.documents import Batch, Outgoing
from shared.runtime.mongo import Conflict
from tests.shared.runtime.toy import make
from tests.support.outside import Outside, Seen
from tests.support.running import HandClock, Running, running, settings_for

SENT, SAID = "upc.inbound.social-contacts.v1", "upc.social-contacts.v1"
CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))


def crowded(service: Running) -> None:
    """Whatever is saved for more than one prisoner at once, somebody else has written to one of them first."""
    save = service.service.store.save

    async def contended(batch: Batch) -> Outgoing:
        if len(batch.changed) > 1:
            raise Conflict
        return await save(batch)

    service.service.store.save = contended  # type: ignore[method-assign]


async def test_a_batch_into_which_others_keep_writing_comes_through_in_parts(
    kafka: str, mongo_uri: str, party: Outside
) -> None:
    contact: dict[str, Any] = {"contact_id": "c", "name": "Jane Example"}
    asked = {"change": "requested", "at": "2026-11-23T09:00:00Z", "contact": contact}
    numbers = [f"T{number:04}CF" for number in range(20)]

    async def ask() -> None:
        await asyncio.gather(*(party.send(SENT, asked | {"prisoner_number": each}, each) for each in numbers))

    def said(count: str) -> Callable[[Seen], bool]:
        return lambda r: r.key in numbers and r.headers["ce_source"] == "urn:upc:toy" and r.data["contact_id"] == count

    async with running(make, settings_for(kafka, mongo_uri), CLOCK) as service:
        await ask()
        await party.wait(SAID, said("1"), count=len(numbers))  # by now it has read what earlier tests left, too
        crowded(service)
        await ask()
        twice = await party.wait(SAID, said("2"), count=len(numbers))
    assert sorted(record.key for record in twice) == numbers
