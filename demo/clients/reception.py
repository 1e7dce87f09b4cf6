"""Who comes into the prisons of an estate and who leaves them, as HMPPS's systems tell it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from demo.clients import hmpps
from demo.clients.organisation import Data

if TYPE_CHECKING:
    from demo.clients.estate import Estate

EVENTS, PRISONERS = "upc.inbound.prisoner-events.v1", "upc.inbound.prisoners.v1"
ON_THE_PHONES = 30
"""Simulated minutes between a block on the phones and what the prisoner does next."""


class Reception:
    """Moves prisoners as the work says; `where` they are is known from the morning's register on."""

    def __init__(self, estate: "Estate") -> None:
        self.estate = estate
        self.records = {record["prisoner_number"]: record for record in estate.work["prisoners"]}
        self.where = {number: record["prison_id"] for number, record in self.records.items()}
        self.with_probation = set[str]()

    def handed_over(self, handover: Data) -> None:
        self.with_probation.add(handover["prisoner_number"])

    async def journey(self, item: Data) -> None:
        """One step after the other, once the phones block the people named; `at` is the earliest time."""
        number, phones = item["number"], self.estate.pin_phones
        await self.estate.until(item["at"])
        await self.estate.when(lambda: phones.holds(number, item["after"]))
        await self.estate.clock.minutes(ON_THE_PHONES if item["after"] else 0)
        self.where |= {number: item["from"]} if "from" in item else {}
        for step in item["steps"]:
            if step["do"] == "withdraw":
                await self.estate.governor.withdraw(number)
                continue
            if step["do"] == "recall":  # probation asks for it, and has to have the case first
                await self.estate.when(lambda: phones.holds_nothing(number) and number in self.with_probation)
            await self.move(number, step)

    async def move(self, number: str, step: Data) -> None:
        now, left = self.estate.clock.now(), self.where[number]
        reached = step.get("to", left)
        news = MOVES[step["do"]](number, left, step, now)
        self.where[number] = reached
        note = {"number": number, "from": left, **step, "at": now.isoformat()}
        self.estate.ledger.write(did="moved", **note)
        await asyncio.gather(*(self.tell(number, after.total_seconds() / 60, event) for after, event in news))
        if reached != left and number in self.records:
            await self.record(number, reached)

    async def tell(self, number: str, minutes: float, event: Data) -> None:
        """As it is in HMPPS's systems today: without CloudEvents headers, which its value does not need."""
        await self.estate.clock.minutes(minutes)
        await self.estate.wire.send(EVENTS, number, event, headers=False, movement=event["eventType"])

    async def record(self, number: str, prison: str) -> None:
        """The register's new record of somebody who moved."""
        changed = {"prison_id": prison, "status": "in_custody", "as_of": self.estate.clock.now().isoformat()}
        self.records[number] = self.records[number] | changed
        await self.estate.wire.send(PRISONERS, number, self.records[number])


Move = Callable[[str, str, Data, datetime], hmpps.Timed]
MOVES: dict[str, Move] = {
    "transfer": lambda number, left, step, at: hmpps.transferred(number, left, step["to"], at, step["style"]),
    "release": lambda number, left, _, at: hmpps.freed(number, left, at),
    "death": lambda number, left, _, at: hmpps.freed(number, left, at, code="DEC"),
    "false_release": lambda number, left, _, at: hmpps.freed_by_mistake(number, left, at),
    "recall": lambda number, left, step, at: hmpps.admitted(number, step.get("to", left), at, "READMISSION"),
    "reception": lambda number, _, step, at: hmpps.admitted(number, step["to"], at, "NEW_ADMISSION"),
    "court": lambda number, left, _, at: hmpps.to_court_and_back(number, left, at),
    "merge": lambda number, _, step, at: [(hmpps.LATER, hmpps.merged(step["into"], number, at))],
}
