"""`upc dead-letters list | show | replay | discard`: what services could not take, and what becomes of it."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaProducer, TopicPartition

from shared.events.envelope import Record
from shared.events.operations import Did
from shared.events.principals import SERVICES
from shared.events.topics import ALL, lane_of
from shared.runtime import dead_letters
from upc import shown
from upc.kafka import Kafka, run, send
from upc.letters import Filter, Letter, waiting
from upc.settings import Trouble, tool_settings

app = typer.Typer(no_args_is_help=True, help="What services could not take, and what becomes of it.")

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[LETTER]...", help="As `list` names them: SERVICE/PARTITION/OFFSET.")
]
Service = Annotated[str | None, typer.Option(help="Only those of this service.")]
Topic = Annotated[str | None, typer.Option(help="Only those that were read from this topic.")]
Because = Annotated[str | None, typer.Option("--because", help="Only those whose reason has these words.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
COMPACTED = {topic.name for topic in ALL if topic.compacted}
COLUMNS = {"letter": "Letter", "at": "Set aside", "type": "What", "came_from": "Read from", "reason": "Reason"}


@app.command("list")
def list_(service: Service = None, topic: Topic = None, because: Because = None, json: shown.AsJson = False) -> None:
    """Those that were neither replayed nor discarded yet, with the reason. Nothing that they hold is shown."""
    found = _chosen(Filter((), topic, because), service)
    rows = [letter.row() for letter in found]
    shown.show(json, f"{len(rows)} dead letters", COLUMNS, rows)


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="SERVICE/PARTITION/OFFSET")],
    whole: Annotated[
        bool, typer.Option(help="What it holds, too: personal data. Needs --reason, and is recorded.")
    ] = False,
    reason: shown.Reason = "",
    json: shown.AsJson = False,
) -> None:
    """One of them; what it holds only with --whole, and that is recorded with the reason."""
    (found,) = _chosen(Filter([letter]), None) or _none()
    if whole:
        _reason(reason)
        run(tool_settings(), lambda kafka: _note(kafka, Did.LOOKED, [found], reason))
    row = found.row() | (_held(found.record) if whole else {})
    if json:
        return shown.as_json(row)
    shown.table(letter, {"name": "", "value": ""}, [{"name": name, "value": value} for name, value in row.items()])


@app.command()
def replay(
    letters: Names = None,
    service: Service = None,
    topic: Topic = None,
    because: Because = None,
    every: Every = False,
    reason: shown.Reason = "",
    yes: shown.Yes = False,
    json: shown.AsJson = False,
) -> None:
    """Puts them back where they were read, as the same events: who handled them drops them, who set them aside tries again.

    Needs a login that may write there: an administrator's. What fails again is a new dead letter.
    """
    _settle(Did.REPLAYED, Filter(letters or (), topic, because), service, every, reason, yes, json)


@app.command()
def discard(
    letters: Names = None,
    service: Service = None,
    topic: Topic = None,
    because: Because = None,
    every: Every = False,
    reason: shown.Reason = "",
    yes: shown.Yes = False,
    json: shown.AsJson = False,
) -> None:
    """Says that nothing will be done about them. They stay on their topic for its time, and are listed no more."""
    _settle(Did.DISCARDED, Filter(letters or (), topic, because), service, every, reason, yes, json)


def _settle(did: Did, which: Filter, service: str | None, every: bool, reason: str, yes: bool, json: bool) -> None:
    if which.says_nothing and not (service or every):
        raise Trouble("say which: by name, --service, --topic, --because, or --all")
    _reason(reason)
    found = _chosen(which, service) or _none()
    shown.sure(f"{len(found)} dead letters will be {did}.", yes)
    rows = run(tool_settings(), lambda kafka: _settle_each(kafka, did, found, reason))
    shown.show(json, f"{did.capitalize()}", {"letter": "Letter", "outcome": "Outcome"}, rows)
    if any(row["outcome"] != did for row in rows):
        raise typer.Exit(1)


async def _settle_each(kafka: Kafka, did: Did, letters: Sequence[Letter], reason: str) -> list[dict[str, str]]:
    rows = []
    async with kafka.producing() as producer:
        with shown.progress() as progress:
            for letter in progress.track(letters, description=did):
                try:
                    if did is Did.REPLAYED:
                        await _replay(kafka, producer, letter)
                    await kafka.note(producer, did, letter.name, reason)
                except Trouble as why:
                    rows.append({"letter": letter.name, "outcome": str(why)})
                else:
                    rows.append({"letter": letter.name, "outcome": did.value})
    return rows


async def _replay(kafka: Kafka, producer: AIOKafkaProducer, letter: Letter) -> None:
    """Into the partition where it was, so that its key's order is kept. Raises Trouble where it may not be."""
    try:
        record = dead_letters.again(letter.record)
    except ValueError as why:
        raise Trouble(f"can't be replayed: {why}") from None
    if lane_of(record.topic)[0] in COMPACTED and await _newer(kafka, record):
        raise Trouble("there is a newer record of the same key, which this would hide: discard it")
    await send(producer, record, record.partition)


async def _newer(kafka: Kafka, record: Record) -> bool:
    """Whether the topic, of which only the newest of each key stays, has one after it."""
    place = TopicPartition(record.topic, record.partition)
    async with kafka.consuming() as consumer:
        end = (await consumer.end_offsets([place]))[place]
        if record.offset + 1 >= end:
            return False
        consumer.assign([place])
        consumer.seek(place, record.offset + 1)
        while await consumer.position(place) < end:
            batches = await consumer.getmany(place, timeout_ms=500)
            if any(raw.key == record.key for batch in batches.values() for raw in batch):
                return True
    return False


async def _note(kafka: Kafka, did: Did, letters: Sequence[Letter], reason: str) -> None:
    async with kafka.producing() as producer:
        for letter in letters:
            await kafka.note(producer, did, letter.name, reason)


def _chosen(which: Filter, service: str | None) -> list[Letter]:
    if service and service not in SERVICES:
        raise Trouble(f"there is no service {service}: {', '.join(SERVICES)}")
    services = [service] if service else SERVICES
    found = run(tool_settings(), lambda kafka: waiting(kafka, services))
    return [letter for letter in found if which.fits(letter)]


def _none() -> list[Letter]:
    raise Trouble("there is no such dead letter that waits")


def _reason(reason: str) -> None:
    if not reason.strip():
        raise Trouble("say why: --reason")


def _held(record: Record) -> dict[str, Any]:
    """What it holds, as far as it is text."""
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    key, value = (part and part.decode(errors="replace") for part in (record.key, record.value))
    return {"headers": headers, "key": key, "value": value}
