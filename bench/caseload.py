"""A country's cases: who is in prison, what was asked about them and is in force, and what waits for somebody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bench.work import prisoner_number
from shared.domain.prisons import PRISONS
from shared.domain.references import reference_for
from shared.events import blocks, breaches, contacts, inbound, mail, notices, requests, reviews, topics
from shared.events.envelope import Cause, Event, Record

HERE, ELSEWHERE = "LEI", [place for place, prison in PRISONS.items() if prison.active and place != "LEI"]
HIS = "John David Paul Mohammed Michael James Ahmed Daniel Thomas Lee Mark Ryan Adam Kyle Liam Callum Joshua".split()
HERS = "Mary Jane Sarah Fatima Emma Laura Aisha Claire Louise Rachel Amy Zainab Kelly".split()
LAST = (
    "Smith Jones Khan Williams Brown Taylor Davies Evans Patel Wilson Hussain Green Hall Wood Clarke Begum Ali Roberts Wright "
    "Walker White Edwards Hughes Lewis Martin Cooper King Baker Turner Hill Scott Ward Moore Clark Harris Young Allen Bell Cox"
).split()
COMMON, ONE_IN = "John Smith", 100
"""What one in a hundred prisoners is called."""
UNCONFIRMED = 211
"""One list in so many waits for its prison's word."""
ON_HIS_LIST = 17
SOURCE = "urn:bench"
Said = tuple[type[Event], dict[str, Any]]


@dataclass(frozen=True)
class Caseload:
    """How large it is: so many people in prison, requests in force, things to do of each kind (at five prisons), and prisons."""

    prisoners: int = 90_000
    requests: int = 100_000
    waiting: int = 100
    prisons: int = 110

    def times(self, factor: float) -> "Caseload":
        """The same prisons with more or fewer people."""
        least = 10 * self.prisons
        prisoners, asked = (max(int(count * factor), least) for count in (self.prisoners, self.requests))
        return Caseload(prisoners, asked, max(int(self.waiting * factor), 10), self.prisons)

    def here(self, place: int) -> int:
        """A prisoner at `HERE`, and the request about them; another one for each `place`, from all over the register."""
        return place * 37 % (self.prisoners // self.prisons) * self.prisons

    def waits(self, k: int) -> int:
        """The prisoner whom the `k`-th thing of each kind is about, and the request in force; every fifth is at `HERE`."""
        return (k * self.prisons + k % 5) % self.prisoners

    def undecided(self, k: int) -> int:
        """The `k`-th request that nobody has decided."""
        return self.requests + k

    def unclear(self, k: int) -> int:
        """The `k`-th request whose prisoner a person has to find."""
        return self.requests + self.waiting + k

    def about(self, n: int) -> int:
        """The prisoner whom request number `n` is about."""
        return n % self.prisoners if n < self.requests else self.waits((n - self.requests) % self.waiting)

    def whose(self, n: int) -> dict[str, Any]:
        """Prisoner number `n` and their prison."""
        place = n % self.prisons
        return {"prisoner_number": prisoner_number(n), "prison_id": ELSEWHERE[place - 1] if place else HERE}

    def asked(self) -> Iterator[Record]:
        """Every request as its requester sends it, for themselves."""
        for n in range(self.requests + 2 * self.waiting):
            about, who = self.about(n), person(n)
            number = prisoner_number(about) if n < self.unclear(0) else None
            form: dict[str, Any] = {"external_id": f"bench-{n}", "consent": "self", "protected_people": [who]}
            form |= {"requester": {"name": who["name"], "role": "victim", "email": who["emails"][0]}}
            form |= {"prisoner": {"name": prisoner(about), "number": number}}
            headers = (("ce_id", _asking(n).encode()), ("ce_source", SOURCE.encode()))
            yield Record(topics.INBOUND_CONTACT_REQUESTS.name, f"{n}".encode(), json.dumps(form).encode(), headers)

    def register(self, now: datetime) -> Iterator[Said]:
        for n in range(self.prisoners):
            first, last = prisoner(n).split()
            named = {
                "first_name": first,
                "last_name": last,
                "date_of_birth": date(1950 + n % 53, 1 + n % 12, 1 + n % 28),
            }
            yield inbound.PrisonerRecorded, self.whose(n) | named | {"status": "in_custody", "as_of": now}

    def settled(self, now: datetime) -> Iterator[Said]:
        """Every request but those that wait is with its prison, authorised, on the list and confirmed; the prisoner is told."""
        for n in range(self.requests):
            of, who, version = self.of(n) | {"at": now}, person(n), 1 + n // self.prisoners
            yield self.routed(n, now)
            yield blocks.BlockAuthorised, of | {"name": who["name"], "consent": "self"}
            held = [
                block_of(m) | person(m) | {"in_force_since": now} for m in range(self.about(n), n + 1, self.prisoners)
            ]
            to = self.whose(self.about(n)) | {"version": version, "as_of": now, "at": now, "outcome": "implemented"}
            yield blocks.BlockListChanged, to | {"blocks": held}
            told = {"notice_id": notices.notice_id(of["block_id"]), "name": who["name"], "at": now}
            yield notices.PrisonerNoticeIssued, self.whose(self.about(n)) | told
            if n % UNCONFIRMED != UNCONFIRMED - 1:
                yield inbound.BlockListAcknowledged, to
                yield blocks.BlockImplemented, of | {"version": version}

    def to_do(self, now: datetime) -> Iterator[Said]:
        """What somebody has to do; a sixth of it is late."""
        for k in range(self.waiting):
            at, due, about = {"at": now}, {"due": now + timedelta(hours=k % 30 - 5)}, self.waits(k)
            of, open_case, his = self.of(about) | at, block_of(self.unclear(k)), prisoner_number(about)
            yield self.routed(self.undecided(k), now)
            for place in range(ON_HIS_LIST):
                who, listed = {"contact_id": f"{place}"}, {"prisoner_number": his} | at
                yield inbound.SocialContactChanged, listed | {"change": "added", "contact": who | person(about + place)}
                yield contacts.SocialContactDecided, listed | who | {"outcome": "listed"}
            yield reviews.ReviewOpened, of | due | {"review_id": f"review-{k}", "kind": "periodic"}
            what = {
                "channel": "phone",
                "what_happened": "He rang me",
                "contact_used": "07700 900999",
                "happened_at": now,
            }
            asked = {"actions": ["pin_phone_check"], "proposed_contact_point": "+447700900999"}
            named = {"breach_id": f"breach-{k}", "breach_reference": reference_for(f"breach-{k}")}
            yield breaches.BreachAlerted, of | what | asked | named | {"protected_person": person(about)["name"]}
            why = {"because": "several_matches", "deadline": due["due"], "prisoner": {"name": prisoner(about)}}
            likely = [self.whose(about + place) | {"score": 50, "why": ["same name"]} for place in range(3)]
            yield requests.ContactRequestNeedsPerson, open_case | at | why | {"candidates": likely}
            ring = {"task_id": f"task-{k}", "kind": "telephone", "step": "received", "text": "Ring them."}
            yield notices.TaskRaised, open_case | at | due | ring
            came = {"mail_id": f"mail-{k}", "kind": "draft", "received_at": now, "sender": f"person.{k}@example.org"}
            text = {"subject": f"Please stop him ({k})", "text": "He rings me every night. " * 40}
            yield mail.MailReceived, came | text | {"read_out": {"prisoner_name": prisoner(about)}}

    def routed(self, n: int, now: datetime) -> Said:
        due, block = now + timedelta(hours=self.about(n) % 30 + 1), {"block_id": block_of(n)["block_id"]}
        when = {"submitted_at": now, "routed_at": now, "deadline": due, "matched_by": "number", "consent": "self"}
        return requests.ContactRequestRouted, self.of(n) | when | {"proposed": [block | {"person": person(n)}]}

    def of(self, n: int) -> dict[str, Any]:
        """What is said of request number `n` each time."""
        return self.whose(self.about(n)) | block_of(n)


def prisoner(n: int) -> str:
    """What prisoner number `n` is called."""
    return f"{HIS[n % len(HIS)]} {LAST[n // len(HIS) % len(LAST)]}" if n % ONE_IN else COMMON


def person(n: int) -> dict[str, Any]:
    """Who made request number `n`."""
    address = {
        "lines": [f"{n % 300 + 1} High Street"],
        "town": "Leeds",
        "postcode": f"LS{n % 28 + 1} {n // 28 % 9 + 1}AA",
    }
    ways = {"phones": [f"+4477009{n % 100_000:05}"], "addresses": [address], "emails": [f"person.{n}@example.org"]}
    return {"name": f"{HERS[n % len(HERS)]} {LAST[n // len(HERS) % len(LAST)]}"} | ways


def request_id(n: int) -> str:
    """Intake derives it from what brought the request."""
    return Cause(SOURCE, _asking(n), datetime.min).derive("request")


def reference(n: int) -> str:
    return reference_for(request_id(n))


def block_of(n: int) -> dict[str, Any]:
    asked = request_id(n)
    return {"request_id": asked, "reference": reference(n), "block_id": requests.block_id(asked, 0)}


def _asking(n: int) -> str:
    return f"request-{n}"
