"""MongoDB's driver as services meet it."""

import asyncio

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from shared.runtime.mongo import Mongo


async def test_whoever_stops_as_mongodb_answers_is_stopped(monkeypatch: pytest.MonkeyPatch, mongo_uri: str) -> None:
    """Else a service that is told to end would go on."""
    answer = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(AsyncIOMotorDatabase, "command", lambda *_: answer)
    mongo = Mongo(mongo_uri, "asked")
    asking = asyncio.create_task(mongo.ping())
    await asyncio.sleep(0)
    answer.set_result({"isWritablePrimary": True})
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    mongo.close()
