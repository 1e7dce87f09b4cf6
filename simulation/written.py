"""What records and the audit log have to say of a simulated day: every change, every event, once."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, cast

from services.records.domain.story import Page
from shared.events import topics
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Record
from shared.runtime import documents
from shared.runtime.audit.deeds import read
from shared.runtime.audit.reading import OTHERS, anchors_in, pages_in
from shared.runtime.audit.verifying import faults
from shared.runtime.mongo import Document
from shared.runtime.vault import Vault
from simulation.cluster import MASTER_KEY, SERVICES, Cluster

STORIES = (topics.CONTACT_REQUESTS, topics.BLOCKS, topics.REVIEWS)


def written_down(cluster: Cluster) -> Iterator[str]:
    """What is missing, or there twice."""
    for name in SERVICES:
        yield from (f"{name}: {fault}" for fault in _audited(cluster, name))
    told = _stories(cluster)
    for request_id, happened in _happened(cluster).items():
        if told[request_id] != Counter(happened):
            yield f"the record of {request_id} does not tell what happened"


def _audited(cluster: Cluster, name: str) -> Iterator[str]:
    """Every change of every aggregate is on one page of the log, and its chains are whole."""
    disk, records = cast(Any, cluster.disks[name]), cast(Any, cluster.disks["records"])
    pages = list(pages_in(disk))
    # A machine may die before it has said that there is a chain.
    found = faults(pages, anchors_in(records, _vault(), name))
    yield from (fault for fault in found if not fault.endswith("is anchored nowhere"))
    told = Counter(subject for page in pages for subject in _subjects(page))
    for kind, collection in cluster.disks[name].collections.items():
        for document in collection.find({}) if kind not in OTHERS else ():
            times = told[f"{kind}/{document['_id'].hex()}"] if "version" in document else 0
            if times < document.get(
                "version", 0
            ):  # what was forgotten and is there again counts anew, and the log goes on
                yield f"{kind} changed {document['version']} times, and {times} are in the audit log"


def _subjects(page: Document) -> set[str]:
    return {subject for deed in read(page["deeds"]) for subject in deed["about"]}


def _stories(cluster: Cluster) -> dict[str, Counter[tuple[str, str]]]:
    """The events in the record of each case."""
    disk, stories = cast(Any, cluster.disks["records"]), defaultdict[str, Counter[tuple[str, str]]](Counter)
    rows = [(Page.COLLECTION, row) for row in disk[Page.COLLECTION].find({})]
    for _, plain in _vault().find(disk, lambda: rows):
        assert isinstance(plain, bytes)
        page = cast(Page, documents.state_in(Page, plain))
        lines = [line for line in page.lines if any(_topic_of(line.type) == topic.name for topic in STORIES)]
        stories[documents.key_in(plain).rpartition("/")[0]].update((line.source, line.id) for line in lines)
    return stories


def _happened(cluster: Cluster) -> dict[str, set[tuple[str, str]]]:
    """The events of each request."""
    happened = defaultdict[str, set[tuple[str, str]]](set)
    for topic in STORIES:
        for record in cluster.log.records(topic.name):
            happened[json.loads(record.value or b"")["request_id"]].add(_name(record))
    return happened


def _name(record: Record) -> tuple[str, str]:
    return record.header("ce_source") or "", record.header("ce_id") or ""


def _topic_of(event_type: str) -> str:
    return next((model.TOPIC.name for model in CATALOGUE.models if event_type == model.TYPE), "")


def _vault() -> Vault:
    """Opens what any of them sealed, and seals nothing."""
    return Vault(MASTER_KEY, bytes)
