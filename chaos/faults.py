"""What is done to the parts. Each fault is made, lasts, and is over when its function returns."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from chaos.mail import Mood
from chaos.parts import SERVICES, Parts, send
from deploy.local.proxy import Mode

PAST_THE_SESSION = 9.0
"""Seconds; a consumer is taken for dead after six."""


class NotHere(Exception):
    """This machine does not let this fault be made."""


@dataclass(frozen=True)
class Fault:
    """`hits` is the part it is made in: two faults in one part are not mixed. `sets` is how many instances it is made among."""

    name: str
    hits: str
    make: Callable[[Parts, Random], Awaitable[None]]
    times: int = 1
    sets: int = 2


async def kill_service(parts: Parts, random: Random, service: str, every: bool = False) -> None:
    for services in parts.sets if every else [random.choice(parts.sets)]:
        services.kill(service)


async def stop_service(parts: Parts, random: Random, service: str, every: bool = False) -> None:
    chosen = parts.sets if every else [random.choice(parts.sets)]
    pids = [services.pid(service) for services in chosen]
    for pid in pids:
        send(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(PAST_THE_SESSION)
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)


async def rebalance(parts: Parts, random: Random) -> None:
    """An instance of each service leaves and another comes, twice."""
    for _ in range(2):
        size = len(parts.sets)
        await parts.shrink()
        await parts.grow(size)


async def kill_broker(parts: Parts, random: Random, away: float = 0) -> None:
    broker = random.choice(parts.kafka)
    broker.kill()
    await asyncio.sleep(away)
    broker.launch()


async def kill_primary(parts: Parts, random: Random) -> None:
    server = parts.mongo[await parts.primary()]
    server.kill()
    await asyncio.sleep(3)
    server.launch()


async def stop_primary(parts: Parts, random: Random) -> None:
    server = parts.mongo[await parts.primary()]
    send(server.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(15)
    finally:
        send(server.pid, signal.SIGCONT)


async def network(parts: Parts, random: Random, mode: Mode, ports: Sequence[int], seconds: float) -> None:
    await parts.proxy.set(mode, *ports)
    try:
        await asyncio.sleep(seconds)
    finally:
        await parts.proxy.set(Mode.PASS, *ports)


async def one_broker_silent(parts: Parts, random: Random) -> None:
    await network(parts, random, Mode.HALF_OPEN, [random.choice(parts.kafka_ports)], 12)


async def to_kafka(parts: Parts, random: Random, mode: Mode, seconds: float) -> None:
    await network(parts, random, mode, parts.kafka_ports, seconds)


async def to_mongo(parts: Parts, random: Random, mode: Mode, seconds: float) -> None:
    await network(parts, random, mode, parts.mongo_ports, seconds)


async def primary_silent(parts: Parts, random: Random) -> None:
    port = parts.mongo_ports[await parts.primary()]
    await network(parts, random, Mode.HALF_OPEN, [port], 15)


async def full_mongo_disks(parts: Parts, random: Random) -> None:
    """Under all three: so that there is nobody to take over. Who gave up is started when there is room again."""
    if not all(disk.small for disk in parts.mongo_disks):
        raise NotHere
    for disk in parts.mongo_disks:
        await asyncio.to_thread(disk.fill)
    await asyncio.sleep(12)
    for disk, server in zip(parts.mongo_disks, parts.mongo, strict=True):
        disk.free()
        if not server.running:
            server.launch()


async def full_kafka_disk(parts: Parts, random: Random) -> None:
    """Under one broker, which then gives up."""
    if not parts.kafka_disk.small:
        raise NotHere
    await asyncio.to_thread(parts.kafka_disk.fill)
    await asyncio.sleep(12)
    parts.kafka_disk.free()
    if not parts.kafka[-1].running:
        parts.kafka[-1].launch()


async def mood(parts: Parts, random: Random, mood: Mood) -> None:
    parts.mail.mood = mood
    await asyncio.sleep(5)
    parts.mail.mood = Mood.GOOD


def _of_services(name: str, make: Callable[..., Awaitable[None]], sets: int, names: Sequence[str]) -> list[Fault]:
    return [Fault(f"{name} {service}", service, partial(make, service=service), sets=sets) for service in names]


FAULTS: tuple[Fault, ...] = (
    *_of_services("kill-service", kill_service, 1, SERVICES),
    Fault("smtp-refuse", "mail", partial(mood, mood=Mood.REFUSE), sets=1),
    Fault("smtp-hang", "mail", partial(mood, mood=Mood.HANG), sets=1),
    Fault("smtp-die", "mail", partial(mood, mood=Mood.DIE), sets=1),
    *_of_services("stop-service", stop_service, 2, SERVICES),
    Fault("kafka-cut", "kafka", partial(to_kafka, mode=Mode.CUT, seconds=6)),
    Fault("kafka-delay", "kafka", partial(to_kafka, mode=Mode.DELAY, seconds=8)),
    Fault("kafka-half-open", "kafka", one_broker_silent),
    Fault("mongo-cut", "mongo", partial(to_mongo, mode=Mode.CUT, seconds=6)),
    Fault("mongo-delay", "mongo", partial(to_mongo, mode=Mode.DELAY, seconds=8)),
    Fault("mongo-half-open", "mongo", primary_silent),
    Fault("kill-broker", "kafka", kill_broker),
    Fault("lose-broker", "kafka", partial(kill_broker, away=20)),
    Fault("kill-mongo-primary", "mongo", kill_primary),
    Fault("stop-mongo-primary", "mongo", stop_primary),
    Fault("mongo-disk-full", "mongo", full_mongo_disks),
    Fault("kafka-disk-full", "kafka", full_kafka_disk),
    Fault("kill-several routing", "routing", partial(kill_service, service="routing", every=True), sets=4),
    Fault("kill-several blocking", "blocking", partial(kill_service, service="blocking", every=True), sets=4),
    Fault("stop-several blocking", "blocking", partial(stop_service, service="blocking", every=True), sets=4),
    Fault("rebalance", "all", rebalance, sets=4),
)
