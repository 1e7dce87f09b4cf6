"""What a service stands on: its MongoDB database, Kafka in and out, and the machine it runs on.

`KafkaAndMongo` is the real thing. The simulator plays another to the same service (`simulation/`).
"""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from jwt import PyJWK

from shared.events.envelope import Event, Record
from shared.events.topics import Topic
from shared.runtime.clock import Clock, WallClock
from shared.runtime.core import Core
from shared.runtime.follower import Follower
from shared.runtime.identity import read_keys
from shared.runtime.kafka import KafkaFollower, Producer, Subscription, make_broker
from shared.runtime.kms import Kms
from shared.runtime.login import connection, security
from shared.runtime.mongo import Database, Mongo
from shared.runtime.reading_again import ReadingAgain
from shared.runtime.settings import Settings
from shared.runtime.vault import Vault


class Reading(Protocol):
    """A consumer group's place in its topics, feeding a core."""

    async def run(self) -> None: ...

    async def reachable(self) -> bool:
        """Whether a broker answers and this group has its place."""
        ...

    async def lag(self) -> tuple[Mapping[str, int], float]:
        """How many records of each topic this instance has to handle yet, and how many seconds old the oldest is."""
        ...


class Platform(Protocol):
    """One process's ways to the outside."""

    @property
    def instance(self) -> str:
        """Names this process among all that ever were."""
        ...

    @property
    def machine_clock(self) -> Clock:
        """For leases and retries."""
        ...

    @property
    def database(self) -> Database: ...

    @property
    def refused(self) -> bool:
        """Whether Kafka, where it can be reached, lately did not let this service read."""
        ...

    @property
    def reading_again(self) -> bool:
        """Whether the database went back to a backup, and what came since is not all read again."""
        ...

    async def unlock(self) -> Vault:
        """The keys of what is in the database. Raises Unavailable where MongoDB or the KMS can't be reached."""
        ...

    async def signing_keys(self) -> Sequence[PyJWK]:
        """The identity provider's. Raises OSError or ValueError where it does not say."""
        ...

    async def publish(self, records: Sequence[Record]) -> None: ...

    def subscribe(self, group: str, topics: Sequence[Topic], core: Core, most: int) -> Reading:
        """Hands `core` what is on `topics`, at most `most` records at a time, once everything has started."""
        ...

    def follow(self, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]) -> Follower:
        """A follower of `model`'s topic, once everything has started."""
        ...

    def starts(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What has to be done, in this order, before anything is read or published; each raises where it is too early."""
        ...

    async def stop(self) -> None: ...


class KafkaAndMongo:
    """The real platform of the service `name`. Raises Misconfigured."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._kms = Kms(settings)
        self.instance, self.machine_clock = secrets.token_hex(6), WallClock()
        self.database = Mongo(settings.mongodb_uri, f"{settings.mongodb_prefix}_{name}")
        bootstrap, login = settings.kafka_bootstrap_servers, security(settings)
        self._connection = connection(bootstrap, login)
        self._producer = Producer(bootstrap, login)
        self._broker = make_broker(bootstrap, f"upc-{name}", login)
        self._subscriptions: list[tuple[Subscription, ReadingAgain]] = []
        self._followers: list[KafkaFollower] = []
        self._issuer = settings.oidc_issuer

    @property
    def refused(self) -> bool:
        watches = [each.watch for each in self._followers] + [each.watch for each, _ in self._subscriptions]
        return any(watch.refused for watch in watches)

    @property
    def reading_again(self) -> bool:
        return any(again.going_on for _, again in self._subscriptions)

    async def unlock(self) -> Vault:
        return Vault(await self.database.run(self._kms.master_key), os.urandom)

    async def signing_keys(self) -> Sequence[PyJWK]:
        if self._issuer is None:
            raise ValueError("no issuer is believed")
        return await read_keys(self._issuer)

    async def publish(self, records: Sequence[Record]) -> None:
        await self._producer.publish(records)

    def subscribe(self, group: str, topics: Sequence[Topic], core: Core, most: int) -> Subscription:
        subscription = Subscription(self._broker, group, topics, core, most, self.machine_clock)
        again = ReadingAgain(self._connection, group, topics, core, most, self.database)
        self._subscriptions.append((subscription, again))
        return subscription

    def follow(self, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]) -> Follower:
        follower = KafkaFollower(self._broker, model, read, shown)
        self._followers.append(follower)
        return follower

    def starts(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return self._look, self._producer.start, self._follow, self._read_again, self._read

    async def _look(self) -> None:
        for _, again in self._subscriptions:
            await again.look()

    async def _follow(self) -> None:
        await self._broker.connect()
        for follower in self._followers:
            await follower.start()

    async def _read_again(self) -> None:
        for _, again in self._subscriptions:
            await again.run(self._caught_up)

    async def _caught_up(self) -> None:
        while not all(follower.caught_up for follower in self._followers):
            await asyncio.sleep(0.1)
            for follower in self._followers:
                await follower.catch_up()

    async def _read(self) -> None:
        for subscription, _ in self._subscriptions:
            await subscription.start()

    async def stop(self) -> None:
        await self._broker.stop()
        await self._producer.stop()
        await asyncio.to_thread(self.database.close)  # it says goodbye over the network
