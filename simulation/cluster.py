"""The six services on simulated machines, restarted where they die, as a cluster would."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Any

from jwt import PyJWK

from services.blocking.app import make as make_blocking
from services.intake.app import make as make_intake
from services.notifications.app import make as make_notifications
from services.notifications.domain.delivery import Outcome
from services.notifications.domain.messages import Message
from services.notifications.postman import HandOver
from services.notifications.settings import SendingSettings
from services.records.app import make as make_records
from services.routing.app import make as make_routing
from services.transfers.app import make as make_transfers
from shared.events.envelope import Event, Record
from shared.events.topics import Topic
from shared.runtime.core import Core
from shared.runtime.follower import Follower
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.vault import Vault
from simulation.identity import ISSUER, signing_keys
from simulation.kafka import Log, SimulatedFollower, SimulatedReading, publish
from simulation.machine import EPOCHS, Machine, VirtualClock, Weather
from simulation.mongo import Disk, SimulatedMongo

SETTINGS = Settings(tick_seconds=4.0, batch_records=20, agencies=(), oidc_issuer=ISSUER)
SENDING = SendingSettings(lease_seconds=20.0, at_once=5)
MASTER_KEY = bytes(32)
"""Any would do: a KMS has no part in this."""
SERVICES = ("intake", "routing", "blocking", "transfers", "notifications", "records")


class SimulatedPlatform:
    """What a service stands on, on one machine of the simulation."""

    refused = reading_again = False

    def __init__(self, log: Log, disk: Disk, machine: Machine, weather: Weather) -> None:
        self.instance, self.machine_clock = machine.name, VirtualClock(EPOCHS[0], 1.0)
        self.database = SimulatedMongo(disk, machine)
        self._log, self._machine, self._weather = log, machine, weather
        self._vault = Vault(MASTER_KEY, Random(weather.chance.random()).randbytes)

    async def unlock(self) -> Vault:
        await self._machine.asks("mongodb")
        return self._vault

    async def signing_keys(self) -> Sequence[PyJWK]:
        return signing_keys()

    async def publish(self, records: Sequence[Record]) -> None:
        await publish(self._log, self._machine, self._weather, records)

    def subscribe(self, group: str, topics: Sequence[Topic], core: Core, most: int) -> SimulatedReading:
        return SimulatedReading(self._log, self._log.group(group, topics), core, most, self._machine, self._weather)

    def follow(self, model: type[Event], read: Callable[[Any], None], shown: Callable[[Any], None]) -> Follower:
        return SimulatedFollower(self._log, self._machine, model, read, shown)

    def starts(self) -> Sequence[Callable[[], Awaitable[None]]]:
        return (self._machine.point,)

    async def stop(self) -> None:
        self._machine.kill()


class SimulatedPostman:
    """A mail server that may not answer after it took a message; `mailed` is what requesters really got."""

    def __init__(self, mailed: list[Message], machine: Machine) -> None:
        self._mailed, self._machine = mailed, machine

    async def send(self, message: Message, hand_over: HandOver) -> Outcome:
        await self._machine.asks("mail")
        await hand_over()
        await self._machine.asks("mail")
        self._mailed.append(message)
        await self._machine.hears("mail")
        return Outcome.SENT

    async def look_up(self, message: Message) -> Outcome:
        return Outcome.UNKNOWN


class Instance:
    """One running instance of a service."""

    def __init__(self, service: Service, machine: Machine) -> None:
        self.service, self.machine = service, machine
        self.task = asyncio.create_task(service.run())


class Cluster:
    """Every service with so many instances; the dead are replaced as long as it runs."""

    def __init__(self, log: Log, clock: VirtualClock, weather: Weather, tell: Callable[[str], None]) -> None:
        self.log, self.clock, self.weather = log, clock, weather
        self.disks: Mapping[str, Disk] = {name: Disk() for name in SERVICES}
        self.mailed: list[Message] = []
        self.instances: dict[str, list[Instance]] = {name: [] for name in SERVICES}
        self._tell, self._started = tell, 0

    async def run(self, sizes: Mapping[str, int]) -> None:
        """Keeps `sizes` instances of each service alive, and the groups free of the dead, until cancelled."""
        while True:
            for name, size in sizes.items():
                alive = [instance for instance in self.instances[name] if not instance.machine.dead]
                self.instances[name] = alive + [self._start(name) for _ in range(size - len(alive))]
            for group in self.log.groups.values():
                group.look_for_dead(asyncio.get_running_loop().time())
            await asyncio.sleep(1.0)

    def some(self, name: str) -> Service:
        """Any instance of a service, as a load balancer would choose it."""
        return self.weather.chance.choice(self.instances[name]).service

    def all(self) -> list[Instance]:
        return [instance for name in SERVICES for instance in self.instances[name]]

    def _start(self, name: str) -> Instance:
        self._started += 1
        machine = Machine(f"{name}-{self._started}", self.weather, self._tell)
        self._tell(f"{machine.name} starts")
        platform = SimulatedPlatform(self.log, self.disks[name], machine, self.weather)
        return Instance(self._make(name, platform, machine), machine)

    def _make(self, name: str, platform: SimulatedPlatform, machine: Machine) -> Service:
        if name == "notifications":
            postman = SimulatedPostman(self.mailed, machine)
            return make_notifications(SETTINGS, self.clock, platform, SENDING, postman)
        make = {
            "intake": make_intake,
            "routing": make_routing,
            "blocking": make_blocking,
            "transfers": make_transfers,
            "records": make_records,
        }
        return make[name](SETTINGS, self.clock, platform)


async def faults(cluster: Cluster, often: float) -> None:
    """Machines killed, stopped and cut off, MongoDB and Kafka away for a while, one after another, until cancelled."""
    chance = cluster.weather.chance
    while True:
        await asyncio.sleep(chance.expovariate(often))
        fault = chance.choice([_kill, _stop, _stop, _cut_off, _mongodb_away, _kafka_away])
        await fault(cluster, chance.uniform(0.5, 20.0))


async def _kill(cluster: Cluster, seconds: float) -> None:
    cluster.weather.chance.choice(cluster.all()).machine.kill()


async def _stop(cluster: Cluster, seconds: float) -> None:
    cluster.weather.chance.choice(cluster.all()).machine.stop_for(seconds)


async def _cut_off(cluster: Cluster, seconds: float) -> None:
    """One machine cannot write to Kafka, or not use MongoDB, while it still hears from Kafka and the others go on."""
    machine = cluster.weather.chance.choice(cluster.all()).machine
    machine.cut_off_from = cluster.weather.chance.choice(["kafka", "mongodb"])
    await asyncio.sleep(seconds)
    machine.cut_off_from = ""


async def _mongodb_away(cluster: Cluster, seconds: float) -> None:
    cluster.weather.mongodb_away = True
    await asyncio.sleep(seconds / 3)
    cluster.weather.mongodb_away = False


async def _kafka_away(cluster: Cluster, seconds: float) -> None:
    cluster.weather.kafka_away = True
    await asyncio.sleep(seconds / 3)
    cluster.weather.kafka_away = False
