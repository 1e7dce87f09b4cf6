"""A victim support charity's case system: asks over HTTP, tries again with the same key, looks up how things stand.

`python -m demo.clients.victim_support WORK LEDGER ORDERS`
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

from demo.clients.http import Http
from demo.clients.organisation import Data, Organisation, run

AT_ONCE = 8
LOOK_AGAIN_AFTER = 90
"""Simulated minutes until somebody looks up what became of a request."""


class VictimSupport(Organisation):
    """One charity's system for a day."""

    SOURCE = "urn:demo:victim-support"
    PARTY = "victim_services"

    def begin(self) -> None:
        self.intake = Http(os.environ["INTAKE_URL"], "victim_services")
        self.at_once = asyncio.Semaphore(AT_ONCE)
        for item in self.work["ask"]:
            self.start(self.ask(item))

    def obey(self, order: Data) -> Coroutine[Any, Any, None]:
        return self.look_up(order["reference"])

    async def ask(self, item: Data) -> None:
        """One request; where `times` is two the answer got lost on its way, and the same POST is sent again."""
        await self.until(item["at"])
        now, real_ms = self.clock.now().isoformat(), int(self.clock.real() * 1000)
        self.ledger.write(did="posted", key=item["key"], at=now, real_ms=real_ms, **item["note"])
        async with self.at_once:
            answers = [
                await self.intake.post("/api/v1/contact-requests", item["body"], item["key"])
                for _ in range(item["times"])
            ]
        for answer in answers:
            body = answer.json()
            told = {name: body.get(name) for name in ("request_id", "reference", "faults")}
            self.ledger.write(did="answered", key=item["key"], status=answer.status_code, **told)
        if answers[0].status_code == 202:
            await self.look_up(answers[0].json()["reference"])
            await self.clock.minutes(LOOK_AGAIN_AFTER)
            await self.look_up(answers[0].json()["reference"])

    async def look_up(self, reference: str) -> None:
        async with self.at_once:
            answer = await self.intake.get(f"/api/v1/contact-requests/{reference}")
        self.ledger.write(did="looked up", reference=reference, status=answer.status_code, body=answer.json())


if __name__ == "__main__":
    run(VictimSupport)
