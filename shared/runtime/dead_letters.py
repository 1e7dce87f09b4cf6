"""What a service cannot take: bytes and headers whole, with the reason and the place it came from."""

from pydantic import ValidationError

from shared.events.envelope import Record, Unreadable
from shared.events.topics import dead_letters
from shared.runtime.work import Rejected


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
    """`record` as it goes to the dead letters of `service`. `ce_*` headers stay, so that a replay keeps its identity."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    added = (("dead-letter-reason", reason.encode()), ("dead-letter-from", place.encode()))
    return Record(dead_letters(service).name, record.key, record.value, record.headers + added)
