"""Records of every sort that nobody can take: each has to end in dead letters, and stop nothing."""

import itertools
import json
from dataclasses import dataclass

from demo import poison

_batches = itertools.count(1)
FUTURE = "2999-06-01T09:00:00+00:00"


@dataclass(frozen=True)
class Bad:
    topic: str
    key: str
    raw: bytes
    headers: bool


def batch(run: str) -> list[Bad]:
    """What the demo sends of it, and bytes that are no text, objects without end, and one from the far future."""
    tag = f"{run}-{next(_batches)}"
    shown = (*poison.of_agencies(tag), *poison.of_estate(tag, "estate"))
    bad = [Bad(one["topic"], one["key"], one["raw"].encode(), one["headers"]) for one in shown]
    ours = [
        Bad("upc.inbound.contact-requests.v1", tag, b"\xff\xfe" + tag.encode(), True),
        Bad("upc.inbound.prisoners.v1", tag, b"\x00" * 1000 + tag.encode(), True),
        Bad("upc.inbound.prison-decisions.v1", tag, b'{"a":' * 2000 + tag.encode(), True),
        Bad("upc.inbound.prison-decisions.v1", tag, b"[" * 100_000 + tag.encode(), True),
        Bad("upc.inbound.prisoner-events.v1", tag, json.dumps(_tomorrow(tag)).encode(), True),
    ]
    return [one for one in bad if b"2027-06-01" not in one.raw] + ours


def _tomorrow(tag: str) -> dict[str, object]:
    return {
        "eventType": "prison-offender-events.prisoner.received",
        "version": 1,
        "occurredAt": FUTURE,
        "additionalInformation": {"nomsNumber": "Z0000ZZ", "reason": "ADMISSION", "prisonId": "LEI", "tag": tag},
    }
