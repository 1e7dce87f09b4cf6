"""`upc backup` and `upc restore`: all databases as of one instant, and how far each service had read by then.

What was read is noted first: what a service did after that is in its database and not in the offsets, so after a restore it
reads it again and drops it. The other way round it would be lost. Documents are copied as they are, sealed.
"""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple, cast

import bson
import typer
from aiokafka import TopicPartition
from bson import CodecOptions, decode_file_iter
from bson.errors import InvalidBSON
from bson.raw_bson import RawBSONDocument
from pydantic import BaseModel, ValidationError
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from shared.events.operations import Did
from shared.events.principals import SERVICES
from shared.runtime.clock import WallClock
from shared.runtime.went_back import AGAIN
from upc import shown
from upc.kafka import Kafka, run
from upc.replay import must_be_empty
from upc.settings import ToolSettings, Trouble, tool_settings

MANIFEST = "backup.json"
AT_ONCE = 1000
RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
SNAPSHOT_TOO_OLD = 239
Mongo = MongoClient[RawBSONDocument]
Offsets = Mapping[str, Mapping[str, Mapping[int, int]]]
"""By service, topic and partition: what comes next."""
Data = Annotated[Path, typer.Argument(help="The folder of the data.", file_okay=False)]
Keys = Annotated[Path, typer.Argument(help="The folder of the keys, to be kept apart, and no longer.", file_okay=False)]


class Manifest(BaseModel):
    """What a backup has: it is written last, so that one that was broken off is none.

    `documents` says how many, by the file that they are in.
    """

    taken_at: datetime
    offsets: Offsets
    documents: Mapping[str, int]


class Part(NamedTuple):
    """One collection, and the file that it is in."""

    database: str
    collection: str
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.database}/{self.collection}.bson.gz"

    @property
    def file(self) -> Path:
        return self.folder / self.name


def backup(data: Data, keys: Keys, json: shown.AsJson = False) -> None:
    """Copies every service's database, and the keys of what is in them, as all were at one instant, while they run.

    Each folder is new, or empty. MONGODB_URI has a login that may read every database. The key of the KMS is in neither.
    """
    settings = tool_settings()
    if any(folder.exists() and any(folder.iterdir()) for folder in (data, keys)):
        raise Trouble("a backup is there already: give folders that are new")
    for folder in (data, keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    offsets = run(settings, _offsets)
    taken_at = WallClock().now()
    with _mongodb(settings) as mongo, mongo.start_session(snapshot=True) as session:
        parts = list(_databases(mongo, settings, data, keys))
        documents = {part.name: _copied(mongo, session, part) for part in parts}
    manifest = Manifest(taken_at=taken_at, offsets=offsets, documents=documents)
    (data / MANIFEST).write_text(manifest.model_dump_json(indent=2))
    rows = [{"file": name, "documents": count} for name, count in documents.items()]
    shown.show(json, f"Taken as of {shown.clock(taken_at)}", {"file": "File", "documents": "Documents"}, rows)


def restore(
    data: Data, keys: Keys, reason: shown.Reason = "", yes: shown.Yes = False, json: shown.AsJson = False
) -> None:
    """Puts every service's database back as it was, and has each read on from where it was then. All have to be stopped.

    What Kafka holds since then they take in again once they are started, in the order in which it came. What it holds no
    more is listed: by topic and partition, from which offset to which. MONGODB_URI and KAFKA_* have logins that may do all
    of that: administrators'.
    """
    settings = tool_settings()
    if not reason.strip():
        raise Trouble("say why: --reason")
    manifest = _manifest(data)
    parts = [_part(name, data, keys) for name in manifest.documents]
    for part in parts:
        _must_be_whole(part, manifest.documents[part.name])
    shown.sure(f"All that is in the databases goes; they will be as of {shown.clock(manifest.taken_at)}.", yes)
    run(settings, lambda kafka: _must_be_stopped(kafka, manifest.offsets))
    with _mongodb(settings) as mongo:
        for database in dict.fromkeys(part.database for part in parts):
            mongo.drop_database(database)
        for service in manifest.offsets:  # before anything is there, so that none of them begins without
            mark = mongo[f"{settings.mongodb_prefix}_{service}"][AGAIN]
            mark.delete_many({})
            mark.insert_one(RawBSONDocument(bson.encode({"_id": 0})))
        for part in parts:
            _put_back(mongo, part)
    run(settings, lambda kafka: _must_be_stopped(kafka, manifest.offsets))
    gone = run(settings, lambda kafka: _rewind(kafka, manifest.offsets, reason))
    columns = {"service": "Service", "topic": "Topic", "partition": "Partition", "from": "From", "to": "To"}
    shown.show(json, "Kafka holds no more" if gone else "Kafka holds all that came since then", columns, gone)


async def _offsets(kafka: Kafka) -> dict[str, dict[str, dict[int, int]]]:
    found: dict[str, dict[str, dict[int, int]]] = {}
    async with kafka.administering() as admin:
        for service in SERVICES:
            by_topic = found.setdefault(service, {})
            for place, at in (await admin.list_consumer_group_offsets(f"upc-{service}")).items():
                by_topic.setdefault(place.topic, {})[place.partition] = at.offset
    return found


def _databases(mongo: Mongo, settings: ToolSettings, data: Path, keys: Path) -> Iterator[Part]:
    there = set(mongo.list_database_names())
    for service in SERVICES:
        name = f"{settings.mongodb_prefix}_{service}"
        for database, folder in ((name, data), (f"{name}_keys", keys)):
            collections = mongo[database].list_collection_names() if database in there else ()
            yield from (Part(database, collection, folder) for collection in sorted(collections) if collection != AGAIN)


def _copied(mongo: Mongo, session: ClientSession, part: Part) -> int:
    """How many documents went into its file."""
    part.file.parent.mkdir(mode=0o700, exist_ok=True)
    collection, count = mongo[part.database].get_collection(part.collection), 0
    with gzip.open(part.file, "wb", compresslevel=1) as file, shown.progress() as progress:
        task = progress.add_task(part.name, total=collection.estimated_document_count())
        for document in collection.find(session=session):
            file.write(document.raw)
            count += 1
            progress.advance(task)
    return count


def _manifest(data: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((data / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        raise Trouble(f"{data} is no backup that came to its end: it has no {MANIFEST} that can be read") from None


def _part(name: str, data: Path, keys: Path) -> Part:
    database, file = name.split("/")
    return Part(database, file.removesuffix(".bson.gz"), keys if database.endswith("_keys") else data)


def _must_be_whole(part: Part, documents: int) -> None:
    """Nothing that is there is dropped for a backup that can't be put back."""
    try:
        count = sum(1 for _ in _documents(part))
    except (OSError, EOFError, InvalidBSON) as broken:
        raise Trouble(f"{part.file} can't be read ({type(broken).__name__})") from None
    if count != documents:
        raise Trouble(f"{part.file} has {count} documents, and had {documents}")


def _documents(part: Part) -> Iterator[RawBSONDocument]:
    with gzip.open(part.file) as file:
        yield from decode_file_iter(cast(IO[bytes], file), RAW)


def _put_back(mongo: Mongo, part: Part) -> None:
    """Indexes are made by the services as they start."""
    collection = mongo[part.database].get_collection(part.collection, write_concern=WriteConcern("majority"))
    documents = _documents(part)
    with shown.progress() as progress:
        task = progress.add_task(part.name, total=None)
        while batch := list(islice(documents, AT_ONCE)):
            collection.insert_many(batch, ordered=False)
            progress.advance(task, len(batch))


async def _must_be_stopped(kafka: Kafka, offsets: Offsets) -> None:
    async with kafka.administering() as admin:
        for service in offsets:
            await must_be_empty(admin, f"upc-{service}")


async def _rewind(kafka: Kafka, offsets: Offsets, reason: str) -> Sequence[dict[str, Any]]:
    """What Kafka holds no more of what came since. Where a service had read nothing by then it begins at the beginning."""
    gone = []
    async with kafka.producing() as producer:
        for service, by_topic in offsets.items():
            was = {TopicPartition(topic, p): at for topic, each in by_topic.items() for p, at in each.items()}
            async with kafka.administering() as admin:
                now = {*await admin.list_consumer_group_offsets(f"upc-{service}")}
            if not (places := sorted(was.keys() | now)):
                continue
            async with kafka.consuming(f"upc-{service}") as consumer:
                consumer.assign(places)
                begin = await consumer.beginning_offsets(places)
                await consumer.commit({place: max(was.get(place, 0), begin[place]) for place in places})
            gone += [
                {
                    "service": service,
                    "topic": place.topic,
                    "partition": place.partition,
                    "from": was.get(place, 0),
                    "to": begin[place],
                }
                for place in places
                if was.get(place, 0) < begin[place]
            ]
            await kafka.note(producer, Did.REWOUND, service, reason)
    return gone


@contextmanager
def _mongodb(settings: ToolSettings) -> Iterator[Mongo]:
    """Raises Trouble for whatever MongoDB does not do inside."""
    with MongoClient(settings.mongodb_uri, document_class=RawBSONDocument, serverSelectionTimeoutMS=5000) as mongo:
        try:
            yield mongo
        except PyMongoError as error:
            too_long = getattr(error, "code", None) == SNAPSHOT_TOO_OLD
            why = "it took too long: raise minSnapshotHistoryWindowInSeconds" if too_long else type(error).__name__
            raise Trouble(f"MongoDB does not do that ({why})") from None
