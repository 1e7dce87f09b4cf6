"""The organisations outside: an agency that asks over Kafka and HTTP, an estate that decides, holds lists and moves people."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zlib import crc32

import httpx

from chaos.books import Ask, Books, Data
from chaos.wire import Pen
from demo.clients import hmpps
from demo.names import MEN, PROTECTED, WOMEN
from demo.observer import Seen
from demo.population import Prisoner
from deploy.local.keycloak import Identity
from shared.runtime.clock import WallClock

ONCE_MORE = 0.05
"""The share of requests that are sent twice though all went well."""
FOR_THE_MOMENT = (429, 503)
Start = Callable[[Coroutine[Any, Any, None]], object]


class Agency:
    """Asks, over either way, until it is promised that the request is taken in."""

    def __init__(
        self,
        run: str,
        random: Random,
        books: Books,
        pen: Pen,
        intakes: Callable[[], list[str]],
        identity: Identity,
    ) -> None:
        self._run, self._random, self._books, self._pen, self._intakes = run, random, books, pen, intakes
        self._numbers = itertools.count(1)
        auth = identity.as_("victim_services")
        self._http = httpx.AsyncClient(timeout=5, limits=httpx.Limits(max_connections=100), auth=auth)

    def new(self, prisoner: Prisoner, refuse: bool | None = None) -> Ask:
        """A request that is complete, about somebody not asked about before."""
        number = next(self._numbers)
        external_id = f"CH-{self._run}-{number:06}"
        refuse = crc32(external_id.encode()) % 10 == 0 if refuse is None else refuse
        way = "kafka" if number % 2 else "http"
        body = request(external_id, number, prisoner, self._random, police=way == "kafka")
        return self._books.asked(Ask(external_id, way, prisoner.number, body, refuse, self._books.fault))

    async def send(self, ask: Ask) -> None:
        for _ in range(1 + (self._random.random() < ONCE_MORE)):
            await (self._over_kafka(ask) if ask.way == "kafka" else self._over_http(ask))

    async def _over_kafka(self, ask: Ask) -> None:
        await self._pen.write("upc.inbound.contact-requests.v1", ask.external_id, ask.body, ask.external_id)

    async def _over_http(self, ask: Ask) -> None:
        while True:
            url = self._random.choice(self._intakes()) + "/api/v1/contact-requests"
            try:
                answer = await self._http.post(url, json=ask.body, headers={"Idempotency-Key": ask.external_id})
            except httpx.HTTPError:
                await asyncio.sleep(0.5)
                continue
            if answer.status_code == 202:
                said = answer.json()
                return self._books.promised(ask.external_id, said["request_id"], said["reference"])
            if answer.status_code not in FOR_THE_MOMENT:
                self._books.strange.append(f"HTTP {answer.status_code} to a request that is in order")
            await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))

    async def close(self) -> None:
        await self._http.aclose()


class Estate:
    """Every prison: it holds the lists by their version, acknowledges each, decides, and moves prisoners."""

    def __init__(self, books: Books, pen: Pen, start: Start, prisons: list[str]) -> None:
        self._books, self._pen, self._start, self._prisons = books, pen, start, prisons
        self.held: dict[str, Data] = {}
        self._decided: set[str] = set()

    def take(self, seen: Seen) -> None:
        match seen.type:
            case "upc.contact-request.routed" if seen.data["request_id"] not in self._decided:
                self._start(self._decide(seen.data))
            case "upc.block-list.changed":
                self._list_changed(seen.data)

    async def _decide(self, routed: Data) -> None:
        """One decision for each request, known to the books by what it was asked."""
        self._decided.add(routed["request_id"])
        ask = self._books.by_request.get(routed["request_id"])
        if ask is None:
            self._books.strange.append("a request reached a prison that nobody made")
            return
        ask.block_ids = [block["block_id"] for block in routed["proposed"]]
        decision = {
            "decision_id": f"D-{ask.external_id}",
            "request_id": routed["request_id"],
            "prisoner_number": routed["prisoner_number"],
            "prison_id": routed["prison_id"],
            "outcome": "refuse" if ask.refuse else "authorise",
            "reason": "The contact is allowed by an order of the family court." if ask.refuse else None,
            "excluded_contact_points": [],
            "decided_by": "Governor",
            "decided_at": now().isoformat(),
        }
        topic = "upc.inbound.prison-decisions.v1"
        await self._pen.write(topic, routed["prisoner_number"], decision, decision["decision_id"])

    def _list_changed(self, new: Data) -> None:
        number = new["prisoner_number"]
        if new["version"] > self.held.get(number, {"version": 0})["version"]:
            self.held[number] = new
            self._start(self._acknowledge(new))

    async def _acknowledge(self, held: Data) -> None:
        said = {name: held[name] for name in ("prisoner_number", "prison_id", "version")}
        said |= {"outcome": "implemented", "reason": None, "at": now().isoformat()}
        await self._pen.write("upc.inbound.block-acknowledgements.v1", said["prisoner_number"], said)

    async def tell_who_is_here(self, prisoners: list[Prisoner]) -> None:
        topic, at = "upc.inbound.prisoners.v1", (now() - timedelta(hours=1)).isoformat()
        await asyncio.gather(*(self._pen.write(topic, one.number, one.record(at)) for one in prisoners))
        self._books.where |= {one.number: str(one.prison_id) for one in prisoners}

    async def move(self, number: str, random: Random) -> None:
        """A transfer, as both systems tell it: the authoritative one later, now and then one of them twice."""
        left = self._books.where[number]
        reached = random.choice([prison for prison in self._prisons if prison != left])
        at = now()
        self._books.where[number] = reached
        for system in (hmpps.SEARCH, hmpps.OFFENDER_EVENTS):
            for event in (
                hmpps.released(system, number, "TRANSFERRED", left, at - timedelta(milliseconds=2)),
                hmpps.received(system, number, "TRANSFERRED", reached, at),
            ):
                for _ in range(1 + (random.random() < ONCE_MORE)):
                    await self._pen.write("upc.inbound.prisoner-events.v1", number, event)


def now() -> datetime:
    return WallClock().now().astimezone(UTC)


def request(external_id: str, number: int, prisoner: Prisoner, random: Random, police: bool) -> Data:
    """As an agency writes it; every requester has an e-mail address of its own, every protected person a number."""
    name = f"{random.choice(MEN + WOMEN)} {random.choice(PROTECTED)}"
    requester = {"name": "Robin Example", "email": f"{external_id.lower()}@requesters.example"}
    role = {"role": "police", "organisation": "West Yorkshire Police"} if police else {"role": "family"}
    return {
        "external_id": external_id,
        "requester": requester | role,
        "consent": "given",
        "prisoner": {"name": prisoner.name, "number": prisoner.number},
        "protected_people": [{"name": name, "phones": [f"+4477009{number:05}"]}],
        "cps_urn": f"13AA{number:05}26" if police else None,
    }
