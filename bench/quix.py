"""The bench's work (bench/work.py) as Quix Streams does it: `python bench/quix.py KAFKA GROUP STATE_FOLDER`.

It runs in a virtual environment of its own (requirements-bench.txt) and imports nothing of ours.
"""

import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from quixstreams import Application, State  # type: ignore[import-not-found,unused-ignore]

SOURCE, TARGET = "upc.inbound.social-contacts.v1", "upc.social-contacts.v1"
Headers = list[tuple[str, bytes]]


def taken(value: dict[str, Any], key: bytes, timestamp: int, headers: Headers, state: State) -> dict[str, Any] | None:
    """Drops what was taken before, counts a prisoner's contacts, and says what became of each."""
    event = cause(headers)
    if state.exists(event):
        return None
    state.set(event, 1)
    state.set("count", state.get("count", 0) + 1)
    return {
        "prisoner_number": value["prisoner_number"],
        "contact_id": value["contact"]["contact_id"],
        "outcome": "listed",
        "matched_on": None,
        "block_id": None,
        "at": value["at"],
    }


def cause(headers: Headers) -> str:
    named = dict(headers)
    return f"{named['ce_source'].decode()}\x1f{named['ce_id'].decode()}"


def described(value: dict[str, Any], key: bytes, timestamp: int, headers: Headers) -> Headers:
    """The headers of CONTRACT.md."""
    event = uuid.uuid5(uuid.NAMESPACE_URL, cause(headers))
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event).encode()),
        ("ce_source", b"urn:bench:quix"),
        ("ce_type", b"upc.social-contact.decided"),
        ("ce_time", datetime.now(UTC).isoformat().encode()),  # noqa: TID251
        ("ce_subject", key),
        ("content-type", b"application/json"),
        ("traceparent", f"00-{event.hex}-{event.hex[16:]}-01".encode()),
    ]


def main(kafka: str, group: str, state_folder: str) -> None:
    """Its own defaults, but for exactly once and Kafka Streams' interval between commits (its own is 5 s)."""
    app = Application(
        broker_address=kafka,
        consumer_group=group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=0.1,
        state_dir=state_folder,
        loglevel="WARNING",
    )
    source = app.dataframe(app.topic(SOURCE, key_deserializer="bytes", value_deserializer="json"))
    decided = source.apply(taken, stateful=True, metadata=True).filter(lambda value: value is not None)
    decided.set_headers(described).to_topic(app.topic(TARGET, key_serializer="bytes", value_serializer="json"))
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
