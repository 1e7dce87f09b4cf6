"""What a service cannot take: bytes and headers whole, with the reason and the place it came from."""

from pydantic import ValidationError

from shared.events.envelope import LONGEST_NAME, Cause, Headers, Record, Unreadable
from shared.events.topics import dead_letters
from shared.runtime.work import Rejected

MOST_BYTES = 1_900_000
"""The largest letter that keeps what was read: the producer and the topics take a little more."""

TAKEN, AGAIN = "dead-letter-taken", "dead-letter-again"
"""Headers: which service has it in its inbox though it was set aside; and of what a person sent again, whose letter it was."""


def why(error: Exception) -> str:
    """The reason in words that carry nothing of what the record holds."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        places = (f"{'/'.join(str(part)[:40] for part in fault['loc'][:1])}: {fault['type']}" for fault in faults[:5])
        return "not as the contract says: " + "; ".join(places)
    if isinstance(error, (Rejected, Unreadable)):
        return str(error)
    return f"cannot be handled: {type(error).__name__}"


def letter(service: str, record: Record, reason: str, taken: bool = False) -> Record:
    """`record` as it goes to the dead letters of `service`. `ce_*` headers stay, so that a replay keeps its identity.

    `taken` is whether it stands in the inbox: what could be read does. One that no topic of dead letters would take (see
    `config` in topics.py) is only named: it stands where it was read.
    """
    topic = dead_letters(service).name
    place = f"{record.topic}/{record.partition}/{record.offset}"
    added: Headers = (("dead-letter-reason", reason.encode()), ("dead-letter-from", place.encode()))
    added += ((TAKEN, service.encode()),) if taken else ()
    if record.size > MOST_BYTES:
        return Record(topic, None, None, (*added, ("dead-letter-left-out", f"{record.size} bytes".encode())))
    return Record(topic, record.key, record.value, record.headers + added)


def again(letter: Record) -> Record:
    """A dead letter as it goes back to where it was read: the same event, which counts once more for who set it aside alone.

    Raises ValueError for one that is only named.
    """
    ours = dict(letter.headers)  # the last of a name: others may have sent the same before it
    place, taken = (ours.get("dead-letter-from") or b"").decode(), ours.get(TAKEN)
    if not place or "dead-letter-left-out" in ours:
        raise ValueError("only its place is known: it was too large")
    topic, partition, offset = place.rsplit("/", 2)
    headers = tuple(header for header in letter.headers if not header[0].startswith("dead-letter-"))
    headers += ((AGAIN, taken + f" {place}".encode()),) if taken else ()
    return Record(topic, letter.key, letter.value, headers, int(partition), int(offset))


def as_sent_again(service: str, record: Record, cause: Cause) -> Cause:
    """`cause`, or for what `service` set aside and a person sent again, one of its own: the inbox has the first already.

    It gives a sender nothing that another `ce_id` would not.
    """
    who, _, place = (record.header(AGAIN) or "").partition(" ")
    return cause._replace(id=f"{cause.id}#{place[:LONGEST_NAME]}") if who == service else cause
