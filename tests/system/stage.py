"""Where the one whole story is told: all services, the outside world, and the clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any
from uuid import uuid1

import httpx
import pytest

from deploy.local import free_port
from deploy.local.keycloak import Identity
from services.desk.settings import DeskSettings
from shared.events.principals import SERVICES
from shared.runtime.settings import Settings
from tests.support.outside import Outside, Seen, Where
from tests.support.running import HandClock, Running, running
from tests.support.smtp import SmtpPeer
from tests.support.waiting import PATIENCE

LISTS = "upc.block-lists.v1"
NUMBER = "A1234BC"
CALLERS = dict.fromkeys(SERVICES, "nobody") | {"intake": "police", "blocking": "estate", "records": "central"}


@dataclass
class Platform:
    """All services, the outside world, and the clock."""

    party: Outside
    clock: HandClock
    services: Mapping[str, Running]
    mail: SmtpPeer

    def http(self, service: str) -> httpx.AsyncClient:
        return self.services[service].http

    async def estate(self, topic: str, data: dict[str, Any]) -> None:
        """Something an estate sends, a minute after what came before."""
        await self.party.send(f"upc.inbound.{topic}.v1", data, key=NUMBER)
        self.clock.forward(timedelta(minutes=1))

    def now(self) -> str:
        return self.clock.now().isoformat()

    async def list_of(self, prison_id: str, after: int = 0, people: int = 1) -> Any:
        """The next block list for this prison."""
        found = await self.party.wait(LISTS, lambda record: is_list(record, prison_id, after, people))
        return found[0].data

    async def acknowledge(self, block_list: Any) -> None:
        fields = {name: block_list[name] for name in ("prisoner_number", "prison_id", "version")}
        await self.estate("block-acknowledgements", fields | {"outcome": "implemented", "at": self.now()})

    async def received(self, prison_id: str, reason: str) -> None:
        await self._movement("received", {"reason": reason, "prisonId": prison_id})

    async def released(self, prison_id: str, reason: str) -> None:
        await self._movement("released", {"reason": reason, "prisonId": prison_id})

    async def _movement(self, what: str, details: dict[str, str]) -> None:
        event = {
            "eventType": f"prison-offender-events.prisoner.{what}",
            "version": "1",
            "occurredAt": self.now(),
            "description": "text nobody should read",
            "additionalInformation": {"nomsNumber": NUMBER} | details,
        }
        await self.estate("prisoner-events", event)

    async def in_time(self, topic: str, where: Where = lambda _: True) -> Any:
        """The first record of `topic` that fits, however much time has to go by: each service hears of things when it does."""
        async with asyncio.timeout(PATIENCE):
            while not (found := self.party.records(topic, where)):
                self.clock.forward(timedelta(minutes=30))
                await asyncio.sleep(0.2)
        return found[0].data

    async def until_status(self, reference: str, status: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self.http("intake").get(f"/api/v1/contact-requests/{reference}")).json()["status"] != status:
                await asyncio.sleep(0.02)

    async def decide(self, outcome: str, **about: Any) -> None:
        decision = {"decision_id": uuid1().hex, "prisoner_number": NUMBER, "outcome": outcome, "decided_at": self.now()}
        await self.estate("prison-decisions", decision | {"decided_by": "Governor", "reason": None} | about)


@asynccontextmanager
async def everything(
    settings: Settings, clock: HandClock, identity: Identity, mail: SmtpPeer
) -> AsyncIterator[Mapping[str, Running]]:
    """All services, running, by name; each is called in the name of whom `CALLERS` says."""
    port = free_port()
    desk = DeskSettings(desk_url=f"http://127.0.0.1:{port}", desk_client_secret=identity.secrets["desk"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SMTP_HOST", mail.host)
        environment.setenv("SMTP_PORT", str(mail.port))
        async with AsyncExitStack() as stack:
            services: dict[str, Running] = {}
            for name in SERVICES:
                make = import_module(f"services.{name}.app").make
                up = (
                    running(partial(make, desk=desk), settings, clock, port=port)
                    if name == "desk"
                    else running(make, settings, clock, identity.as_(CALLERS[name]))
                )
                services[name] = await stack.enter_async_context(up)
            yield services


def is_list(record: Seen, prison_id: str, after: int, people: int) -> bool:
    data = record.data
    right = data["prisoner_number"] == NUMBER and data["prison_id"] == prison_id
    return right and data["version"] > after and len(data["blocks"]) == people


def prisoner(number: str, name: str, platform: Platform) -> dict[str, Any]:
    return {
        "prisoner_number": number,
        "first_name": name,
        "middle_names": None,
        "last_name": "Example",
        "aliases": [],
        "date_of_birth": "1990-01-31",
        "prison_id": "LEI",
        "status": "in_custody",
        "crn": "X123456",
        "as_of": platform.now(),
    }


def contact(platform: Platform, contact_id: str, **fields: Any) -> dict[str, Any]:
    about = {"contact_id": contact_id, "relationship": "friend", "kind": "social", "addresses": [], "emails": []}
    return {
        "event_id": uuid1().hex,
        "prisoner_number": NUMBER,
        "change": "requested",
        "at": platform.now(),
        "contact": about | fields,
    }


REQUEST: dict[str, Any] = {
    "external_id": "WYP-2026-001234",
    "requester": {
        "name": "PC Alex Example",
        "role": "police",
        "organisation": "West Yorkshire Police",
        "email": "alex@police.example.org",
    },
    "consent": "not_given",
    "grounds": {"kind": "safeguarding", "rationale": "She is being coerced by telephone every evening"},
    "prisoner": {"name": "John Example", "number": NUMBER, "date_of_birth": "1990-01-31"},
    "protected_people": [
        {
            "name": "Jane Example",
            "phones": ["07700 900123"],
            "addresses": [{"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
        }
    ],
    "cps_urn": "13AA1234526",
}
