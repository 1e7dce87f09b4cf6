"""A country's prisons through real service processes: `python -m bench.national`, which is `make bench-national`.

All of it comes in through the topics. It is done at a tenth of the size first, so that the growth of cost can be seen.
"""

import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console

from bench import contact_check, national_report
from bench.fleet import Fleet
from bench.nation import THERE, Nation, Sending
from bench.outside import Outside, outside
from bench.stages import Stage, watched
from bench.turns import Place
from bench.work import prisoner_number
from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity, provided
from shared.runtime import topics
from shared.runtime.clock import WallClock

SERVICES = ("intake", "routing", "blocking", "transfers")
"""Notifications is left out: how fast e-mails go is its mail server's figure."""
REQUESTS_A_SECOND = 200
"""What is asked steadily: whether that is held, and at what price, is the question, not how much more would go at first."""
REQUESTS_AT_ONCE, CONTACTS_AT_ONCE = 5_000, 40_000
"""How many may be on their way: a client that never waits would only measure a queue."""
CONTACTS = "upc.social-contacts.v1"
QUESTIONS = 2_000
CACHE = 6.0
"""GB that MongoDB keeps at hand: a quarter of the machine's memory, where tests have half a GB."""
WRITTEN = Path("build/bench-national.json")


@dataclass
class Run:
    """What came of one size."""

    nation: Nation
    stages: list[Stage] = field(default_factory=list)
    ready: dict[str, float] = field(default_factory=dict)
    check: dict[str, float] = field(default_factory=dict)


async def run(nation: Nation, folder: Path, console: Console, identity: Identity) -> Run:
    """Fills a country, loads it, stops it for a day, and lets it catch up; on a Kafka and a MongoDB of its own."""
    found = Run(nation)
    mongod = MongoServer(folder / "mongo", free_port(), cache=CACHE)
    with KafkaServer(folder / "kafka", free_port()) as kafka, mongod as mongo:
        await topics.apply(kafka.bootstrap)
        place = Place(kafka.bootstrap, mongo.uri)
        assert kafka.pid
        assert mongo.pid
        fleet = Fleet(place, SERVICES, {"mongod": mongo.pid, "kafka": kafka.pid}, identity)
        async with fleet.running(), outside(place) as parties:
            for step in (_register, _requests, _contact_lists, _news, _restart, _missed_day):
                start = time.perf_counter()
                await step(found, fleet, parties)
                console.print(f"  {step.__name__.strip('_').replace('_', ' ')}: {time.perf_counter() - start:.0f} s")
            numbers = [prisoner_number(n) for n in range(min(nation.prisoners, QUESTIONS))]
            found.check = await asyncio.to_thread(contact_check.over_http, fleet, numbers, len(numbers))
    return found


async def _register(found: Run, fleet: Fleet, parties: Outside) -> None:
    nation, now = found.nation, WallClock().now()
    work = parties.send(nation.register(now))
    found.stages.append(await watched(fleet, "register", nation.prisoners, _taken(fleet, nation.prisoners), work))


async def _requests(found: Run, fleet: Fleet, parties: Outside) -> None:
    """The whole path: asked, routed, authorised, listed, acknowledged."""
    nation = found.nation

    async def listed() -> int:
        return parties.lists

    asked = nation.asked(0, nation.requests)
    work = parties.send(asked, lambda sent: sent - parties.lists, REQUESTS_AT_ONCE, REQUESTS_A_SECOND)
    found.stages.append(await watched(fleet, "requests", nation.requests, listed, work))
    await fleet.quiet()


async def _contact_lists(found: Run, fleet: Fleet, parties: Outside) -> None:
    sendings = found.nation.contact_lists(WallClock().now())
    count = found.nation.prisoners * found.nation.contacts
    found.stages.append(await _contacts(fleet, parties, "contact lists", count, sendings))


async def _news(found: Run, fleet: Fleet, parties: Outside) -> None:
    sendings = found.nation.contact_news("news", WallClock().now())
    found.stages.append(await _contacts(fleet, parties, "single contacts", found.nation.news, sendings))


async def _restart(found: Run, fleet: Fleet, _: Outside) -> None:
    """How long each service takes to be ready with all of this there, one after the other."""
    for name in SERVICES:
        await fleet.stop(name)
        found.ready |= await fleet.start(name)


async def _missed_day(found: Run, fleet: Fleet, parties: Outside) -> None:
    """A day goes by while everything is stopped; then it is caught up."""
    nation, now = found.nation, WallClock().now()
    await fleet.stop()
    await parties.send(nation.morning(now))
    await parties.send(nation.contact_news("day", now))
    await parties.send(nation.asked(nation.requests, nation.asked_in_a_day))
    waiting = max((await fleet.lag()).values())
    expected = parties.lists + len(nation.moved()) + nation.asked_in_a_day
    stage = await watched(fleet, "missed day", waiting, _taken(fleet, waiting), fleet.start())

    start = time.perf_counter()
    await fleet.quiet()
    stage.seconds += time.perf_counter() - start
    found.stages.append(stage)
    assert parties.lists >= expected, f"{parties.lists} of {expected} block lists"
    await _moved_with_their_blocks(fleet, nation)


async def _moved_with_their_blocks(fleet: Fleet, nation: Nation) -> None:
    auth = fleet.identity.as_("estate")
    async with httpx.AsyncClient(base_url=fleet.url("blocking"), timeout=60, auth=auth) as http:
        for n in nation.moved()[:100]:
            held = await http.get(f"/api/v1/prisoners/{prisoner_number(n)}/block-list")
            assert held.json()["prison_id"] == THERE, f"prisoner {n} has moved, and their list has not"


async def _contacts(fleet: Fleet, parties: Outside, name: str, count: int, sendings: Iterator[Sending]) -> Stage:
    before, seen = await parties.written(CONTACTS), 0

    async def decided() -> int:
        nonlocal seen
        seen = await parties.written(CONTACTS) - before
        return seen

    return await watched(
        fleet, name, count, decided, parties.send(sendings, lambda sent: sent - seen, CONTACTS_AT_ONCE)
    )


def _taken(fleet: Fleet, events: int) -> Callable[[], Awaitable[int]]:
    """How many of `events` are not waiting for the slowest service any more."""

    async def taken() -> int:
        return events - max((await fleet.lag()).values())

    return taken


def main(nations: list[Nation], written: Path, identity: Identity | None = None) -> None:
    """Measures each size, prints and writes; with a Keycloak of its own, or that of `identity`."""
    console, runs = Console(), []
    for nation in nations:
        console.print(f"{nation.prisoners:,} prisoners, {nation.prisoners * nation.contacts:,} social contacts ...")
        with tempfile.TemporaryDirectory() as temporary, provided(identity, Path(temporary)) as known:
            runs.append(asyncio.run(run(nation, Path(temporary), console, known)))
    national_report.show(runs, console)
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps([national_report.as_json(found) for found in runs], indent=2) + "\n")
    console.print(f"Written to {written}")


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says each time how new topics find their leaders
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    main([Nation().times(size / 10), Nation().times(size)], WRITTEN)
