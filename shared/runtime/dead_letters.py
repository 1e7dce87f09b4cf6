"""What a service cannot take: bytes and headers whole, with the reason and the place it came from."""

from pydantic import ValidationError

from shared.events.envelope import Record, Unreadable
from shared.events.topics import dead_letters
from shared.runtime.work import Rejected

MOST_BYTES = 1_900_000
"""The largest letter that keeps what was read: the producer and the topics take a little more."""


def why(error: Exception) -> str:
    """The reason in words that carry nothing of what the record holds."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        places = (f"{'/'.join(str(part)[:40] for part in fault['loc'][:1])}: {fault['type']}" for fault in faults[:5])
        return "not as the contract says: " + "; ".join(places)
    if isinstance(error, (Rejected, Unreadable)):
        return str(error)
    return f"cannot be handled: {type(error).__name__}"


def letter(service: str, record: Record, reason: str) -> Record:
    """`record` as it goes to the dead letters of `service`. `ce_*` headers stay, so that a replay keeps its identity.

    One that no topic of dead letters would take (see `config` in topics.py) is only named: it stands where it was read.
    """
    topic = dead_letters(service).name
    place = f"{record.topic}/{record.partition}/{record.offset}"
    added = (("dead-letter-reason", reason.encode()), ("dead-letter-from", place.encode()))
    if record.size > MOST_BYTES:
        return Record(topic, None, None, (*added, ("dead-letter-left-out", f"{record.size} bytes".encode())))
    return Record(topic, record.key, record.value, record.headers + added)
