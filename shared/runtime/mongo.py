"""The one place that knows the MongoDB driver."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from bson import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.client_session import ClientSession
from pymongo.database import Database as SyncDatabase
from pymongo.errors import BulkWriteError, ConnectionFailure, DocumentTooLarge, PyMongoError
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
WRITTEN_FIRST = {11000, 112}
"""Duplicate key, write conflict."""
WILL_NOT_PASS = {10334, 17280, 17419, 17420, 291}
"""Too large; a query that no index answers, where those are refused."""
UNHURRIED = WriteConcern(w=1, j=False)
"""For what may be taken back by a crash."""
MOST_AT_ONCE = 80
"""Threads for one database: more than `Service` lets queries have, fewer than the driver has connections."""
LONGEST_PING = 2.0
"""Seconds."""


class Conflict(Exception):
    """Somebody else wrote first: load again and decide again."""


class Stale(Conflict):
    """What was recalled may have been written by somebody else since; it is not recalled again."""


class Unavailable(Exception):
    """The database cannot be reached, or has no primary. It will pass."""


class Database(Protocol):
    """One service's database, and nothing of any other's."""

    async def run(self, work: Callable[[SyncDatabase[Document]], Any]) -> Any:
        """What `work` answers. Raises Conflict or Unavailable for what will pass, the driver's own error for what will not."""
        ...

    async def transaction(self, work: Callable[[SyncDatabase[Document], ClientSession], Any]) -> Any:
        """`work` in one transaction: all of it or nothing, on disk at a majority when this returns."""
        ...

    async def ping(self) -> bool:
        """Whether there is a primary."""
        ...


class Mongo:
    """A database of a real mongod."""

    def __init__(self, uri: str, name: str) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            uri, serverSelectionTimeoutMS=2000, connectTimeoutMS=2000, socketTimeoutMS=20_000, tz_aware=True
        )
        self.name = name
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, f"mongodb-{name}")
        self._sync: SyncDatabase[Document] = self._client.delegate.get_database(name, CodecOptions(tz_aware=True))

    async def run(self, work: Callable[[SyncDatabase[Document]], Any]) -> Any:
        """`work` in a thread of its own: one hop for any number of round trips."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, self._sync)
        except PyMongoError as error:
            raise _what_it_means(error) from error

    async def transaction(self, work: Callable[[SyncDatabase[Document], ClientSession], Any]) -> Any:
        def in_session(database: SyncDatabase[Document]) -> Any:
            with database.client.start_session() as session, session.start_transaction():
                return work(database, session)

        return await self.run(in_session)

    async def ping(self) -> bool:
        try:
            # `wait_for` forgets that it was cancelled, where the answer is there.
            async with asyncio.timeout(LONGEST_PING):
                hello = await self._client.admin.command("hello")
        except (PyMongoError, TimeoutError):
            return False
        return bool(hello.get("isWritablePrimary"))

    def close(self) -> None:
        self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def keys_beside(database: SyncDatabase[Document]) -> SyncDatabase[Document]:
    """The database with the keys of what is in `database`: apart, to be backed up and kept otherwise."""
    return database.client[f"{database.name}_keys"]


def _what_it_means(error: PyMongoError) -> Exception:
    """Only what a document or a query itself is at fault for is the error as it is; a full disk or a missing right will pass."""
    codes = {getattr(error, "code", None)}
    if isinstance(error, BulkWriteError):
        codes = {fault["code"] for fault in error.details.get("writeErrors", ())}
    if isinstance(error, ConnectionFailure):
        return Unavailable()
    if error.has_error_label("TransientTransactionError") or codes & WRITTEN_FIRST:
        return Conflict()
    return error if codes & WILL_NOT_PASS or isinstance(error, DocumentTooLarge) else Unavailable()
