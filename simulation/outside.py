"""Everybody outside: agencies that ask, a register and its movements, prisons that decide and enforce, an operator.

They know the contract (topics, bodies, HTTP), and are as people and their systems are: late, twice, out of order.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import httpx

from shared.events import topics
from shared.events.envelope import Record
from simulation.cluster import SETTINGS, Cluster
from simulation.estate import Prisons
from simulation.identity import token
from simulation.kafka import Log
from simulation.machine import VirtualClock
from simulation.population import PRISONS, body
from simulation.truth import NEVER, Custody, Prisoner, Request

LONG_AGO = "2026-11-01T09:00:00+00:00"
AUTHORITATIVE, SEARCH = "prison-offender-events", "prisoner-offender-search"


class Outside:
    """The outside of one simulation."""

    def __init__(self, chance: Random, cluster: Cluster, population: list[Prisoner], requests: list[Request]) -> None:
        self._chance, self._cluster = chance, cluster
        self._log: Log = cluster.log
        self._clock: VirtualClock = cluster.clock
        self.population, self.requests = population, requests
        self.prisons, self._token = Prisons(population), token(SETTINGS)
        self.by_id: dict[str, Request] = {}
        self.ended: set[str] = set()
        self._reacted: set[object] = set()
        self._no_jump = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reactions = {
            topics.INBOUND_REPLIES.name: self._hear_reply,
            topics.CONTACT_REQUESTS.name: self._hear_of_request,
            topics.BLOCKS.name: self._hear_of_block,
            topics.BLOCK_LISTS.name: self._hear_of_list,
            topics.REVIEWS.name: self._hear_of_review,
        }

    @property
    def busy(self) -> bool:
        """Whether anything is still on its way from here."""
        return bool(self._tasks)

    async def play(self) -> None:
        """Until cancelled. A mistake in here ends the simulation."""
        async with asyncio.TaskGroup() as self._group:
            for topic, react in self._reactions.items():
                self._group.create_task(self._read(topic, react))
            for prisoner in self.population:
                self._begin(self._live(prisoner))
            for request in self.requests:
                self._begin(self._ask(request))

    # asking

    async def _ask(self, request: Request) -> None:
        await self._a_while(40.0)
        for _ in range(self._chance.choice([1, 1, 2])):
            if request.by_http:
                await self._post(request)
            else:
                self._send(topics.INBOUND_CONTACT_REQUESTS.name, request.external_id, body(request))

    async def _post(self, request: Request) -> None:
        """As often as it takes until there is an answer."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(5.0):
                    app = self._cluster.some("intake").app
                    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as http:
                        headers = {"Idempotency-Key": request.external_id, "Authorization": f"Bearer {self._token}"}
                        answer = await http.post("/api/v1/contact-requests", json=body(request), headers=headers)
                if answer.status_code == 202:
                    receipt = answer.json()
                    return self._accepted(request, receipt["request_id"], receipt["reference"])
                assert answer.status_code == 503, answer.text
            await self._a_while(5.0)

    def _accepted(self, request: Request, request_id: str, reference: str) -> None:
        if (request_id, reference) not in request.accepted:
            request.accepted.append((request_id, reference))
        self.by_id[request_id] = request

    def _hear_reply(self, reply: dict[str, Any], _: str) -> None:
        request = next(request for request in self.requests if request.external_id == reply["external_id"])
        assert reply["outcome"] == "accepted", reply
        self._accepted(request, reply["request_id"], reply["reference"])

    # moving

    async def _live(self, prisoner: Prisoner) -> None:
        """Recorded, moved about, perhaps released, recalled, merged: whatever happens to prisoners."""
        for number in reversed(prisoner.numbers):
            await self._a_while(3.0)
            self._record(prisoner, number)
        merge_after = self._chance.randint(0, 2)
        for nth in range(self._chance.choice([0, 1, 2, 3])):
            await self._a_while(15.0)
            await self._jump(5, 9, 30, 70)
            if nth == merge_after:
                self._merge(prisoner)
            happens = [self._transfer, self._transfer, self._court, self._release, self._slip, self._abscond]
            await self._chance.choice(happens)(prisoner)
            if prisoner.custody is Custody.DEAD:
                break
        self._merge(prisoner)

    async def _transfer(self, prisoner: Prisoner) -> None:
        if prisoner.custody is Custody.OUT:
            return await self._return(prisoner)
        self._released(prisoner, "TRANSFERRED", "TRN", sure=False)
        prisoner.custody = Custody.MOVING
        await self._a_while(3.0)
        prisoner.prison = self._chance.choice(PRISONS)
        self._received(prisoner, "TRANSFERRED")

    async def _court(self, prisoner: Prisoner) -> None:
        """Court is no transfer (R24)."""
        if prisoner.custody is Custody.IN:
            self._released(prisoner, "SENT_TO_COURT", "CRT", sure=False)
            await self._a_while(3.0)
            self._received(prisoner, "RETURN_FROM_COURT")

    async def _release(self, prisoner: Prisoner) -> None:
        if prisoner.custody is Custody.OUT:
            return await self._return(prisoner)
        died = self._chance.random() < 0.15
        prisoner.custody = Custody.DEAD if died else Custody.OUT
        prisoner.known_back_since = NEVER
        self.prisons.left(prisoner)
        self._released(prisoner, "RELEASED", "DEC" if died else "CR", sure=True)
        if not died and self._chance.random() < 0.5:
            await self._a_while(60.0)
            await self._jump(3, 50)
            await self._return(prisoner)

    async def _return(self, prisoner: Prisoner) -> None:
        """A recall within the same term (R23)."""
        prisoner.prison = self._chance.choice(PRISONS)
        self._received(prisoner, self._chance.choice(["READMISSION", "ADMISSION"]))

    async def _slip(self, prisoner: Prisoner) -> None:
        """A release that is taken back minutes later, before it has settled (R38)."""
        if prisoner.custody is Custody.IN:
            async with self._no_jump:
                self._released(prisoner, "RELEASED", "CR", sure=True)
                await asyncio.sleep(10.0)
                self._received(prisoner, "READMISSION")
                await asyncio.sleep(60.0)

    async def _abscond(self, prisoner: Prisoner) -> None:
        """No custody ends by it (R38)."""
        if prisoner.custody is Custody.IN:
            self._released(prisoner, "RELEASED", "UAL", sure=True)

    async def _jump(self, *hours: int) -> None:
        """Over a night, a weekend, a bank holiday."""
        async with self._no_jump:
            self._clock.jump(timedelta(hours=self._chance.choice(hours)))

    def _merge(self, prisoner: Prisoner) -> None:
        """The two numbers of one person become one (R11)."""
        if len(prisoner.numbers) > 1 and not prisoner.merged:
            prisoner.merged = True
            details = {"removedNomsNumber": prisoner.numbers[1], "reason": "MERGE"}
            self._report(prisoner, AUTHORITATIVE, "merged", details)

    def _received(self, prisoner: Prisoner, reason: str) -> None:
        prisoner.custody = Custody.IN
        details = {"reason": reason, "prisonId": prisoner.prison}
        dialects = self._chance.choice([(AUTHORITATIVE,), (SEARCH, AUTHORITATIVE), (SEARCH, AUTHORITATIVE)])
        for dialect in dialects:
            self._report(prisoner, dialect, "received", details)
        if self._chance.random() < 0.1:  # a typing mistake; nobody is there
            self._report(prisoner, SEARCH, "received", details | {"prisonId": "QQQ"})
        if self._chance.random() < 0.5:
            self._record(prisoner, prisoner.number)

    def _released(self, prisoner: Prisoner, reason: str, code: str, sure: bool) -> None:
        details = {"reason": reason, "prisonId": prisoner.prison, "nomisMovementReasonCode": code}
        dialects = [SEARCH, AUTHORITATIVE] if sure else self._chance.choice([[], [SEARCH], [AUTHORITATIVE]])
        for dialect in dialects:
            self._report(prisoner, dialect, "released", details)

    def _report(self, prisoner: Prisoner, dialect: str, what: str, details: dict[str, Any]) -> None:
        """The search says it at once, offender events later (R37)."""
        event = {
            "eventType": f"{dialect}.prisoner.{what}",
            "version": 1,
            "occurredAt": self._now(prisoner),
            "description": "not to be parsed",
            "additionalInformation": {"nomsNumber": prisoner.number} | details,
        }
        late = 30.0 if dialect == AUTHORITATIVE else 2.0
        self._begin(self._told(prisoner, late, event))

    async def _told(self, prisoner: Prisoner, late: float, event: dict[str, Any]) -> None:
        await self._later(late, topics.INBOUND_PRISONER_EVENTS.name, prisoner.number, event)
        if event["eventType"].endswith("received") and prisoner.custody is Custody.IN:
            prisoner.known_back_since = min(prisoner.known_back_since, self._clock.now())

    def _record(self, prisoner: Prisoner, number: str) -> None:
        status = {Custody.IN: "in_custody", Custody.MOVING: "in_transit"}.get(prisoner.custody, "released")
        record = {
            "prisoner_number": number,
            "first_name": prisoner.first_name,
            "last_name": prisoner.last_name,
            "date_of_birth": prisoner.date_of_birth,
            "prison_id": prisoner.prison if prisoner.custody is Custody.IN else None,
            "status": status,
            "crn": "X123456",
            "as_of": self._now(prisoner),
        }
        self._begin(self._later(20.0, topics.INBOUND_PRISONERS.name, number, record))

    def _now(self, prisoner: Prisoner) -> str:
        """The instant, never the same twice for one prisoner."""
        now = self._clock.now().replace(microsecond=0)
        if prisoner.moved_at and now <= prisoner.moved_at:
            now = prisoner.moved_at + timedelta(seconds=1)
        prisoner.moved_at = now
        return now.isoformat()

    # deciding and enforcing

    def _hear_of_request(self, data: dict[str, Any], kind: str) -> None:
        request_id = data["request_id"]
        if kind.endswith("routed") and self._first("routed", request_id, data["prison_id"], data["routed_at"]):
            self._begin(self._decide(data))
        if kind.endswith("needs-person") and self._first("asked", request_id, data["because"]):
            self._begin(self._find(request_id))

    async def _find(self, request_id: str) -> None:
        """An operator knows better (R9)."""
        await self._a_while(10.0)
        while request_id not in self.by_id:
            await self._a_while(5.0)
        choice = {
            "decision_id": f"operator {request_id} {self._chance.random()}",
            "request_id": request_id,
            "prisoner_number": self.by_id[request_id].about.number,
            "decided_at": self._clock.now().isoformat(),
        }
        self._send(topics.INBOUND_ROUTING_DECISIONS.name, request_id, choice)

    async def _decide(self, routed: dict[str, Any]) -> None:
        """Every prison decides the same: so it is known what has to be in force, whoever is first."""
        await self._a_while(10.0)
        while routed["request_id"] not in self.by_id:
            await self._a_while(5.0)
        request = self.by_id[routed["request_id"]]
        if request.asks_more:
            self._decision(routed, "ask_for_more", request_id=request.request_id)
            await self._a_while(5.0)
        for person, proposed in zip(request.people, routed["proposed"], strict=True):
            excluded = [person.phones[0]] if person.first_phone_excluded else []
            outcome = "authorise" if person.authorised else "refuse"
            self._decision(routed, outcome, block_id=proposed["block_id"], excluded_contact_points=excluded)

    def _decision(self, about: dict[str, Any], outcome: str, **what: Any) -> None:
        decision = {
            "decision_id": f"{outcome} {what.get('block_id')} {about['prison_id']} {self._chance.random()}",
            "prisoner_number": about["prisoner_number"],
            "prison_id": about["prison_id"],
            "outcome": outcome,
            "reason": "as agreed",
            "decided_by": "a governor",
            "decided_at": self._clock.now().isoformat(),
        }
        late = self._chance.choice(
            [0.0, 0.0, 60.0]
        )  # some lie in a queue meanwhile: what counts is when they were made
        self._begin(self._later(late, topics.INBOUND_PRISON_DECISIONS.name, about["prisoner_number"], decision | what))

    def _hear_of_block(self, data: dict[str, Any], kind: str) -> None:
        request_id = data["request_id"]
        if kind.endswith("authorised") and self._first("authorised", request_id):
            self._begin(self._withdraw(request_id))
        if kind.endswith(("lifted", "withdrawal-noted")):
            self._first("withdrawn", data["block_id"])

    async def _withdraw(self, request_id: str) -> None:
        """Said to the prison where the prisoner is, until that has been heard (R17)."""
        await self._a_while(40.0)
        request = self.by_id[request_id]
        if not request.withdrawn or request.about.custody is Custody.DEAD:
            return
        request.withdrawal_sent = True
        blocks = [block for block, person in request.blocks.items() if person.authorised]
        for block in () if request.by_order else blocks:
            self.prisons.lets_go(block)
        for _ in range(20):
            if all(("withdrawn", block) in self._reacted or block in self.ended for block in blocks):
                return
            about = {"prisoner_number": request.about.number, "prison_id": request.about.prison}
            self._decision(about, "withdraw", request_id=request_id)
            await self._a_while(60.0)

    def _hear_of_review(self, data: dict[str, Any], kind: str) -> None:
        if kind.endswith("opened") and self._first("opened", data["review_id"]):
            self._begin(self._review(data))
        if kind.endswith("decided") and data["outcome"] == "end":
            self.ended.add(data["block_id"])

    async def _review(self, review: dict[str, Any]) -> None:
        await self._a_while(20.0)
        person = self.by_id[review["request_id"]].blocks[review["block_id"]]
        if person.ends_at_review:
            self.prisons.lets_go(review["block_id"])
        self._decision(review, "end" if person.ends_at_review else "keep", review_id=review["review_id"])

    def _hear_of_list(self, data: dict[str, Any], _: str) -> None:
        if self.prisons.reads(data):
            self._begin(self._acknowledge(data))

    async def _acknowledge(self, block_list: dict[str, Any]) -> None:
        await self._a_while(8.0)
        if self._chance.random() < 0.1:  # of a list that nobody has seen
            self._acknowledgement(block_list | {"version": block_list["version"] + 1}, "implemented", at=LONG_AGO)
        if self._chance.random() < 0.1:
            self._acknowledgement(block_list, "failed")
            await self._a_while(10.0)
        if self.prisons.enforces(block_list):
            self._acknowledgement(block_list, "implemented")

    def _acknowledgement(self, block_list: dict[str, Any], outcome: str, at: str | None = None) -> None:
        number = block_list["prisoner_number"]
        said = {
            "prisoner_number": number,
            "prison_id": block_list["prison_id"],
            "version": block_list["version"],
            "outcome": outcome,
            "reason": None,
            "at": at or self._clock.now().isoformat(),
        }
        self._send(topics.INBOUND_ACKNOWLEDGEMENTS.name, number, said)

    # ways

    async def _read(self, topic: str, react: Callable[[dict[str, Any], str], None]) -> None:
        """A consumer of our topics, with a lag of its own."""
        places = dict.fromkeys(self._log.places(topic), 0)
        while True:
            for place in places:
                for record in self._log.read(place, places[place], 1000):
                    places[place] += 1
                    react(json.loads(record.value or b""), record.header("ce_type") or "")
            await self._log.news(frozenset({topic}), 5.0)
            await self._a_while(0.3)

    def _send(self, topic: str, key: str, value: dict[str, Any]) -> None:
        record = Record(topic, key.encode(), json.dumps(value).encode())
        self._log.write(record)
        if self._chance.random() < 0.2:
            self._begin(self._again(record))

    async def _again(self, record: Record) -> None:
        await self._a_while(30.0)
        self._log.write(record)

    async def _later(self, late: float, topic: str, key: str, value: dict[str, Any]) -> None:
        await self._a_while(late)
        self._send(topic, key, value)

    async def _a_while(self, seconds: float) -> None:
        await asyncio.sleep(self._chance.random() * seconds)

    def _first(self, *what: object) -> bool:
        """Whether this is the first time: outside systems have an inbox too."""
        seen = what in self._reacted
        self._reacted.add(what)
        return not seen

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
