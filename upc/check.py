"""`upc check FILE --topic TOPIC`: whether what an organisation outside is about to send would be taken in. Asks nobody."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.events.conformance import SENT, verdict
from shared.events.envelope import Event, Unreadable
from shared.events.json_body import read_json
from shared.events.requests import Fault
from shared.runtime.clock import WallClock
from upc import shown
from upc.settings import Trouble

COLUMNS = {"record": "Record", "pointer": "Where", "fault": "What is wrong"}
SHORT = {name.split(".")[2]: name for name in SENT}
Verdicts = list[dict[str, Any]]


def check(
    file: Annotated[Path, typer.Argument(help="One record as JSON, a JSON array of them, or JSON lines.")],
    topic: Annotated[str, typer.Option("--topic", "-t", help=f"One of {', '.join(SHORT)}.")],
    json: shown.AsJson = False,
) -> None:
    """What would be said of each record of FILE, if it were sent to TOPIC now: every fault, by its JSON pointer.

    Needs no Kafka, no MongoDB and no login. No fault repeats what was written. Ends with 1 where a record would not be taken in.
    """
    verdicts = _verdicts(_model(topic), _read(file))
    faults = [{"record": one["record"], **fault} for one in verdicts for fault in one["faults"]]
    unnamed = sum(1 for one in verdicts if not one["faults"] and not one["named"])
    if json:
        shown.as_json(verdicts)
    elif faults:
        shown.table(topic, COLUMNS, faults)
    shown.say(f"{len(verdicts)} records, {sum(1 for one in verdicts if one['faults'])} with faults.")
    if unnamed:
        shown.say(f"{unnamed} do not name themselves: they need the headers ce_source and ce_id.")
    raise typer.Exit(1 if faults else 0)


def _model(topic: str) -> type[Event]:
    model = SENT.get(SHORT.get(topic, topic))
    if model is None:
        raise Trouble(f"nothing is sent to that topic from outside: {', '.join(SHORT)}")
    return model


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Trouble(f"the file can't be read: {error.strerror}") from None


def _verdicts(model: type[Event], data: bytes) -> Verdicts:
    """One for each record, by its number: of an array the entry, else the line, counted from 1."""
    now, said = WallClock().now(), []
    for number, body in _records(data):
        faults, named = ([body], False) if isinstance(body, Fault) else verdict(model, body, now)
        said.append({"record": number, "faults": [fault.model_dump() for fault in faults], "named": named})
    return said


def _records(data: bytes) -> Iterator[tuple[int, Any]]:
    """What `data` holds, as one document or in lines; a fault in the place of what can't be read."""
    whole = _json(data)
    if not isinstance(whole, Fault):
        yield from enumerate(whole if isinstance(whole, list) else [whole], start=1)
        return
    lines = [(number, _json(line)) for number, line in enumerate(data.splitlines(), start=1) if line.strip()]
    in_lines = any(isinstance(body, Mapping) for _, body in lines)
    yield from lines if in_lines else [(1, whole)]


def _json(text: bytes) -> Any:
    try:
        return read_json(text)
    except Unreadable as why:
        return Fault(pointer="", fault=str(why).partition(": ")[2])
