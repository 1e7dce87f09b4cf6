import asyncio
from datetime import UTC, datetime
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from shared.runtime.documents import Batch, Outgoing
from tests.shared.runtime.toy import make
from tests.support.outside import Outside
from tests.support.running import HandClock, Running, running, settings_for
from tests.support.waiting import PATIENCE

GROUP = "upc-toy"
LONGER_THAN_A_SESSION = 7.5
CLOCK = HandClock(datetime(2026, 11, 23, 9, tzinfo=UTC))


async def members(kafka: str, count: int) -> set[str]:
    """The members of the group, once there are so many and it is at rest."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                described = (await admin.describe_consumer_groups([GROUP]))[0].groups[0]
                state, found = described[2], described[5]
                if state == "Stable" and len(found) == count:
                    return {member[0] for member in found}
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


def slowed(service: Running) -> asyncio.Event:
    """Has the service save slowly; is set when it has begun to."""
    begun, save = asyncio.Event(), service.service.store.save

    async def slowly(batch: Batch) -> Outgoing:
        begun.set()
        await asyncio.sleep(LONGER_THAN_A_SESSION)
        return await save(batch)

    service.service.store.save = slowly  # type: ignore[method-assign]
    return begun


async def test_who_is_busy_when_another_joins_stays_in_the_group(kafka: str, mongo_uri: str, party: Outside) -> None:
    contact: dict[str, Any] = {"contact_id": "c", "name": "Jane Example"}
    asked = {"prisoner_number": "T0001RB", "change": "requested", "at": "2026-11-23T09:00:00Z", "contact": contact}
    settings = settings_for(kafka, mongo_uri)
    async with running(make, settings, CLOCK) as busy:
        first = await members(kafka, 1)
        begun = slowed(busy)
        await party.send("upc.inbound.social-contacts.v1", asked, "T0001RB")
        await begun.wait()
        async with running(make, settings, CLOCK):
            assert first < await members(kafka, 2)
