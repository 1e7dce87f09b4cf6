"""Who keeps the load steady, makes one fault after another, measures how long it takes to recover, and reconciles."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from chaos import poison
from chaos.books import Ask, Books
from chaos.faults import Fault, NotHere
from chaos.outside import Agency, Estate
from chaos.parts import Parts, run_tag
from chaos.reconcile import Facts, Finding, findings
from chaos.wire import Pen, read_everything
from demo.observer import Seen
from demo.population import active_prisons, populate
from deploy.local.services import Say

PRISONERS = 600
PROBES = 6
MOVE_EVERY = 1.5
HEARD_BY_ALL = 60.0
"""Seconds after a decision in which nobody is moved: a service that has not heard of it yet, and of the move first, rightly sends
the request on to the new prison, and its requester is told."""
MOST_ON_THEIR_WAY = 50
"""Requests not yet in force at which nobody asks another: two cores under twenty processes would else only fall behind, and what
is measured would be a queue."""
NEVER = 120.0
"""Seconds after which a fault counts as not recovered from."""
QUIET_WITHIN = 240.0


@dataclass
class Row:
    """What came of one kind of fault; recovery in seconds, infinite where it never came."""

    times: int = 0
    recovered: list[float] = field(default_factory=list)
    asked: int = 0
    note: str = ""


class Director:
    """One run over `parts`. `rate` is requests a second."""

    def __init__(self, parts: Parts, random: Random, rate: float, say: Say, mixed_at_least: int = 2) -> None:
        self._parts, self._random, self._rate, self._say = parts, random, rate, say
        self._mixed_at_least = mixed_at_least
        self.books, self.rows = Books(), defaultdict[str, Row](Row)
        self.run, self._prisons = run_tag(), active_prisons()
        people = populate(random, self._prisons, PRISONERS)
        self._prisoners = [one for one in people if one.status == "in_custody"]
        self._by_number = {one.number: one for one in self._prisoners}
        self._pen = Pen(parts.direct)
        self._tasks: asyncio.TaskGroup

    async def play(self, faults: Sequence[Fault], until: float) -> list[Finding]:
        """The faults one by one, then mixed until `until` (monotonic seconds); returns what is wrong at the end."""
        async with asyncio.TaskGroup() as self._tasks:
            identity = self._parts.identity
            self._agency = Agency(self.run, self._random, self.books, self._pen, self._intakes, identity)
            self._estate = Estate(self.books, self._pen, self._start, [one.prison_id for one in self._prisons])
            reading = self._tasks.create_task(read_everything(self._parts.direct, self._take))
            await self._open()
            load = [self._tasks.create_task(each) for each in (self._asking(), self._moving())]
            await self._one_by_one(faults)
            await self._mixed(faults, until)
            for task in load:
                task.cancel()
            self.books.fault = "end"
            await self._quiet()
            reading.cancel()
        await self._agency.close()
        await self._pen.close()
        return findings(Facts(self.books, self._estate.held, self._parts.mail.taken))

    @property
    def poison(self) -> Fault:
        return Fault("poison", "poison", self._spoil, times=2, sets=1)

    @property
    def totals(self) -> dict[str, int]:
        """What the run was about, in counts."""
        events, books = self.books.events, self.books
        tasks = [str(seen.data["kind"]) for seen in events["upc.task.raised"]]
        return {
            "requests": len(books.asks),
            "block lists": sum(len({one.version for one in listed}) for listed in books.lists.values()),
            "moved": len(books.movers),
            "mails": self._parts.mail.taken.total(),
            "tasks to check a delivery": tasks.count("check_delivery"),
            "tasks undeliverable": tasks.count("undeliverable"),
            "poison": len(books.poison),
            "dead letters": len(books.letters),
            "copies of events (same id)": books.copies,
        }

    async def _spoil(self, parts: Parts, random: Random) -> None:
        for bad in poison.batch(self.run):
            self.books.poison.add(bad.raw)
            await self._pen.write(bad.topic, bad.key, bad.raw, headers=bad.headers)

    async def _open(self) -> None:
        """The register is there before anybody asks, and one request gets through."""
        await self._estate.tell_who_is_here(self._prisoners)
        while not await self._register_read():
            await asyncio.sleep(0.5)
        self._say(f"Up in {await self._recovery():.1f} s from the first request.")

    async def _register_read(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._parts.direct)
        await admin.start()
        try:
            read = await admin.list_consumer_group_offsets("upc-routing")
        finally:
            await admin.close()
        offsets = (int(one.offset) for place, one in read.items() if place.topic == "upc.inbound.prisoners.v1")
        return sum(offsets) >= len(self._prisoners)

    async def _one_by_one(self, faults: Sequence[Fault]) -> None:
        for fault in sorted(faults, key=lambda fault: fault.sets):
            await self._parts.grow(fault.sets)
            for _ in range(fault.times):
                await self._make(fault.name, fault)

    async def _mixed(self, faults: Sequence[Fault], until: float) -> None:
        rounds, able = 0, [fault for fault in faults if not self.rows[fault.name].note]
        while able and (rounds < self._mixed_at_least or monotonic() < until):
            rounds += 1
            chosen: dict[str, Fault] = {}
            for fault in self._random.sample(able, min(3, len(able))):
                chosen.setdefault(fault.hits, fault)
            if "all" in chosen:
                chosen = {"all": chosen["all"]}
            await self._make("mixed", *chosen.values())

    async def _make(self, name: str, *faults: Fault) -> None:
        row, self.books.fault = self.rows[name], name
        what = " + ".join(fault.name for fault in faults)
        started, asked = monotonic(), len(self.books.asks)
        try:
            await asyncio.gather(*(fault.make(self._parts, self._random) for fault in faults))
        except NotHere:
            row.note = "not possible on this machine"
            return self._say(f"{what}: {row.note}")
        lasted = monotonic() - started
        row.times += 1
        row.recovered.append(await self._recovery())
        row.asked += len(self.books.asks) - asked
        self._say(
            f"{what}: lasted {lasted:.1f} s, recovered in {row.recovered[-1]:.1f} s; "
            f"{len(self.books.asks)} asked, {self.books.on_their_way} on their way"
        )

    async def _recovery(self) -> float:
        """Seconds until fresh requests, about prisoners of every partition as a rule, are in force and their requesters told."""
        since = monotonic()
        probes = [self._ask(refuse=False) for _ in range(PROBES)]
        while not all(probe.settled and self._parts.mail.told[probe.email] >= probe.steps for probe in probes):
            await asyncio.sleep(0.05)
            if monotonic() - since > NEVER:
                return float("inf")
        return monotonic() - since

    async def _asking(self) -> None:
        due = monotonic()
        while True:
            due = max(due + 1 / self._rate, monotonic())
            await asyncio.sleep(due - monotonic())
            if self.books.on_their_way < MOST_ON_THEIR_WAY:
                self._ask()

    def _ask(self, refuse: bool | None = None) -> Ask:
        number = self._random.choice([one for one in self._by_number if one not in self.books.movers])
        ask = self._agency.new(self._by_number[number], refuse)
        self._start(self._agency.send(ask))
        return ask

    async def _moving(self) -> None:
        """Moves those about whom nothing is undecided; nobody asks about them any more."""
        while True:
            await asyncio.sleep(MOVE_EVERY)
            still = [number for number in self._estate.held if self.books.still_for(number, monotonic()) > HEARD_BY_ALL]
            if still:
                number = self._random.choice(still)
                self.books.movers.add(number)
                if self._estate.held[number]["prison_id"] == self.books.where[number]:
                    await self._estate.move(number, self._random)

    async def _quiet(self) -> None:
        """Until everything that has to come has come, or nothing more does."""
        give_up = monotonic() + QUIET_WITHIN
        before: list[Finding] = []
        while monotonic() < give_up:
            await asyncio.sleep(2)
            before = findings(Facts(self.books, self._estate.held, self._parts.mail.taken))
            if not any(finding.kind == "lost" or finding.kind == "wrong" for finding in before):
                break
        await asyncio.sleep(3)

    def _take(self, seen: Seen) -> None:
        if self.books.take(seen):
            self._estate.take(seen)

    def _intakes(self) -> list[str]:
        return [addresses["intake"] for addresses in self._parts.addresses]

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        self._tasks.create_task(doing)
