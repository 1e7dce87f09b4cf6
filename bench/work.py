"""The same work for everybody: count a prisoner's social contacts and say what became of each, one event in, one event out."""

import json
from collections.abc import Sequence

from shared.domain.identifiers import PrisonerNumber
from shared.events import topics
from shared.events.contacts import ContactOutcome, SocialContactDecided
from shared.events.envelope import Headers
from shared.events.inbound import SocialContactChanged
from shared.runtime.work import State, Work

SOURCE = topics.INBOUND_SOCIAL_CONTACTS
TARGET = topics.SOCIAL_CONTACTS


class Tally(State):
    """How many contacts of a prisoner were seen."""

    COLLECTION = "tallies"

    count: int = 0


def decide(count: int, number: PrisonerNumber, event: SocialContactChanged) -> tuple[int, SocialContactDecided]:
    """The decision that every contestant makes."""
    decided = SocialContactDecided(
        prisoner_number=number, contact_id=event.contact.contact_id, outcome=ContactOutcome.LISTED, at=event.at
    )
    return count + 1, decided


def changed(work: Work, event: SocialContactChanged) -> None:
    """The decision as a handler of ours."""
    tally = work.get(Tally, event.prisoner_number) or Tally()
    count, decided = decide(tally.count, event.prisoner_number, event)
    work.put(event.prisoner_number, tally.but(count=count))
    work.publish(decided)


def prisoner_number(n: int) -> str:
    """The n-th prisoner number."""
    return f"{chr(65 + n // 10_000 % 26)}{n % 10_000:04}{chr(65 + n // 260_000 % 26)}B"


def records(count: int, run: str, prisoners: int = 5_000) -> Sequence[tuple[bytes, bytes, Headers]]:
    """`count` social contacts as an estate sends them: key, value, headers."""
    made = []
    for n in range(count):
        number = prisoner_number(n * 7919 % prisoners)
        value = {
            "prisoner_number": number,
            "change": "requested",
            "at": "2026-11-23T09:00:00Z",
            "contact": {
                "contact_id": f"contact-{n}",
                "name": f"Jane Example {n}",
                "relationship": "friend",
                "kind": "social",
                "phones": [f"07700 9{n % 100_000:05}"],
                "addresses": [{"lines": [f"{n} High Street"], "town": "Leeds", "postcode": "LS1 1AA"}],
                "emails": [],
            },
        }
        headers = (
            ("ce_specversion", b"1.0"),
            ("ce_id", f"{run}-{n}".encode()),
            ("ce_source", b"urn:bench:estate"),
            ("ce_type", b"upc.inbound.social-contact"),
            ("content-type", b"application/json"),
        )
        made.append((number.encode(), json.dumps(value).encode(), headers))
    return made
