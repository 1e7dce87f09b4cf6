"""A whole country's prisons as the contract has them: records of prisoners, requests, contacts and movements."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.work import prisoner_number
from demo.clients.hmpps import transferred

Sending = tuple[str, str, dict[str, Any]]
"""Topic, key, data."""
HERE, THERE = "LEI", "MDI"
AT_THE_COUNTER = 5
"""One in so many first contacts of a prisoner gives the number of somebody who is blocked."""


@dataclass(frozen=True)
class Nation:
    """How large it is: `contacts` for each prisoner; `news` are the contacts of a day, each about any prisoner."""

    prisoners: int = 90_000
    contacts: int = 17
    requests: int = 200_000
    movements: int = 10_000
    news: int = 20_000
    asked_in_a_day: int = 1_000

    def times(self, factor: float) -> "Nation":
        """The same country, larger or smaller; a day's work with it."""
        return Nation(
            prisoners=max(int(self.prisoners * factor), 10),
            contacts=self.contacts,
            requests=max(int(self.requests * factor), 10),
            movements=max(int(self.movements * factor), 10),
            news=max(int(self.news * factor), 10),
            asked_in_a_day=max(int(self.asked_in_a_day * factor), 1),
        )

    def register(self, now: datetime) -> Iterator[Sending]:
        """Everybody, as of yesterday."""
        for n in range(self.prisoners):
            yield prisoner(n, now - timedelta(days=1))

    def contact_lists(self, now: datetime) -> Iterator[Sending]:
        """Every social contact, as an estate hands its lists over: prisoner by prisoner."""
        for n in range(self.prisoners):
            for place in range(self.contacts):
                yield contact(n, f"{n}-{place}", now, _phone(n) if place == 0 and n % AT_THE_COUNTER == 0 else None)

    def contact_news(self, name: str, now: datetime) -> Iterator[Sending]:
        """New contacts of a day, each about any prisoner."""
        for n in range(self.news):
            yield contact(n * 7919 % self.prisoners, f"{name}-{n}", now)

    def moved(self) -> range:
        """The prisoners who move in a morning, by number."""
        return range(min(self.movements, self.prisoners))

    def morning(self, now: datetime) -> Iterator[Sending]:
        """Movements an hour ago, each as four events: both systems say who left and who arrived (R37)."""
        at = now - timedelta(hours=1)
        for n in self.moved():
            for _, event in transferred(prisoner_number(n), HERE, THERE, at, ""):
                yield "upc.inbound.prisoner-events.v1", prisoner_number(n), event

    def asked(self, first: int, count: int) -> Iterator[Sending]:
        """Requests number `first` and on, about one prisoner after the other."""
        for n in range(first, first + count):
            yield request(n, n % self.prisoners)


def prisoner(n: int, as_of: datetime) -> Sending:
    data = {
        "prisoner_number": prisoner_number(n),
        "first_name": "John",
        "last_name": f"Example {n}",
        "date_of_birth": "1990-01-31",
        "prison_id": HERE,
        "status": "in_custody",
        "as_of": as_of.isoformat(),
    }
    return "upc.inbound.prisoners.v1", prisoner_number(n), data


def request(n: int, about: int) -> Sending:
    """Request number `n`, about prisoner number `about`."""
    data = {
        "external_id": f"bench-{n}",
        "requester": {
            "name": "PC Alex Example",
            "role": "police",
            "organisation": "Police",
            "email": "alex@police.example",
        },
        "consent": "self",
        "prisoner": {"name": f"John Example {about}", "number": prisoner_number(about)},
        "protected_people": [{"name": f"Jane Example {n}", "phones": [_phone(n)]}],
    }
    return "upc.inbound.contact-requests.v1", f"bench-{n}", data


def contact(about: int, name: str, now: datetime, phone: str | None = None) -> Sending:
    data = {
        "event_id": f"contact-{name}",
        "prisoner_number": prisoner_number(about),
        "change": "requested",
        "at": now.isoformat(),
        "contact": {
            "contact_id": name,
            "name": f"Friend {name}",
            "relationship": "friend",
            "kind": "social",
            "phones": [phone or f"0161 496 {about % 10_000:04}"],
            "addresses": [{"lines": [f"{about} High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
        },
    }
    return "upc.inbound.social-contacts.v1", prisoner_number(about), data


def decision(routed: dict[str, Any], now: datetime) -> Sending:
    """The prison authorises what was routed to it."""
    about = {name: routed[name] for name in ("request_id", "prisoner_number", "prison_id")}
    said = {"decision_id": f"d-{routed['request_id']}", "outcome": "authorise", "decided_at": now.isoformat()}
    return "upc.inbound.prison-decisions.v1", routed["prisoner_number"], about | said


def acknowledgement(block_list: dict[str, Any], now: datetime) -> Sending:
    """The prison has put a list in force."""
    about = {name: block_list[name] for name in ("prisoner_number", "prison_id", "version")}
    said = {"outcome": "implemented", "at": now.isoformat()}
    return "upc.inbound.block-acknowledgements.v1", block_list["prisoner_number"], about | said


def _phone(n: int) -> str:
    return f"07700 9{n % 100_000:05}"
