"""The topics of the public contract, in the code, on the broker and in the manifests."""

import asyncio
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from shared.events import topics
from shared.events.blocks import BlockListLetGo
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import to_record
from shared.events.principals import AGENCIES, SERVICES
from shared.runtime import acls
from shared.runtime.kafka import Producer
from shared.runtime.topics import apply, config, strimzi, table
from tests.support.outside import Outside
from tests.support.waiting import PATIENCE
from tests.support.world import START

DAY = 24 * 3600 * 1000
LONGEST = timedelta(days=30)
"""Personal data on Kafka does not outlive its use."""
PUBLIC = {
    "upc.inbound.contact-requests.v1": "",
    "upc.inbound.breach-reports.v1": "",
    "upc.inbound.replies.v1": "external_id",
    "upc.inbound.prisoner-events.v1": "prisoner_number",
    "upc.inbound.prisoners.v1": "prisoner_number",
    "upc.inbound.social-contacts.v1": "prisoner_number",
    "upc.inbound.prison-decisions.v1": "prisoner_number",
    "upc.inbound.block-acknowledgements.v1": "prisoner_number",
    "upc.contact-requests.v1": "request_id",
    "upc.block-lists.v1": "prisoner_number",
    "upc.blocks.v1": "prisoner_number",
    "upc.reviews.v1": "prisoner_number",
    "upc.social-contacts.v1": "prisoner_number",
    "upc.breach-alerts.v1": "prisoner_number",
    "upc.prisoner-notices.v1": "prisoner_number",
    "upc.case-file-notes.v1": "cps_urn",
    "upc.handovers.v1": "prisoner_number",
    "upc.intake.dead-letters.v1": "",
    "upc.routing.dead-letters.v1": "",
    "upc.blocking.dead-letters.v1": "",
    "upc.transfers.dead-letters.v1": "",
    "upc.notifications.dead-letters.v1": "",
    "upc.records.dead-letters.v1": "",
}
TYPES = {
    "upc.contact-request.submitted",
    "upc.contact-request.routed",
    "upc.contact-request.held",
    "upc.contact-request.needs-person",
    "upc.block.authorised",
    "upc.block.refused",
    "upc.block.implemented",
    "upc.block.lifted",
    "upc.block.ended",
    "upc.block-list.changed",
    "upc.social-contact.decided",
    "upc.review.opened",
    "upc.review.decided",
    "upc.review.overdue",
    "upc.breach.reported",
    "upc.prisoner-notice.issued",
    "upc.case-file-note.issued",
    "upc.handover.issued",
    "upc.inbound.reply",
}


def test_every_topic_of_the_contract_is_there_with_its_key() -> None:
    ours = {topic.name: topic.key for topic in topics.ALL}
    assert {name: ours.get(name) for name in PUBLIC} == PUBLIC
    assert {topic.name for topic in topics.ALL if topic.compacted} == {
        "upc.block-lists.v1",
        "upc.inbound.prisoners.v1",
        "upc.audit-anchors.v1",
    }


def test_every_type_of_the_contract_is_there_and_has_one_model() -> None:
    ours = [model.TYPE for model in CATALOGUE.models]
    assert set(ours) >= TYPES
    assert len(ours) == len(set(ours))


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.__name__)
def test_every_event_says_what_it_is_and_has_its_key_among_its_fields(model: type) -> None:
    assert model.__doc__
    key = model.TOPIC.key  # type: ignore[attr-defined]
    assert not key or hasattr(model, key) or key in model.model_fields  # type: ignore[attr-defined]


async def test_the_broker_has_the_topics_as_the_code_says_and_making_them_again_changes_nothing(
    kafka: str, party: Outside
) -> None:
    assert await apply(kafka) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    ours = [topic.name for topic in topics.with_lanes(topics.ALL, AGENCIES)]
    described = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(ours)}
    await admin.close()
    assert described == dict.fromkeys(ours, topics.PARTITIONS)


async def test_r48_a_list_that_is_let_go_is_a_tombstone_on_the_broker(kafka: str, party: Outside) -> None:
    number, producer = "T1234MB", Producer(kafka)
    gone = BlockListLetGo(prisoner_number=number)
    await producer.publish([to_record(gone, "urn:upc:blocking", "let go", START, "")])
    await producer.stop()
    await party.wait(topics.BLOCK_LISTS.name, lambda seen: seen.key == number)
    consumer = AIOKafkaConsumer(topics.BLOCK_LISTS.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    async with asyncio.timeout(PATIENCE):
        record = await anext(record async for record in consumer if record.key == number.encode())
    await consumer.stop()
    assert (record.value, dict(record.headers)["ce_type"]) == (None, BlockListLetGo.TYPE.encode())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_place_on_just_what_it_handles(service: str) -> None:
    """Of a topic where nobody keeps a place, `upc status` would say for ever that it is not read."""
    handled = {model for part in parts(service) for model in getattr(part, "HANDLERS", {}) if hasattr(model, "TOPIC")}
    every = [topics.met_by(topic, service) for topic in topics.ALL]
    topics_read = {topics.met_by(model.TOPIC, service).name for model in handled}
    assert topics_read == {topic.name for topic in every if topic.has_place_of(service)}


def parts(service: str) -> list[ModuleType]:
    """What stands in its package, but for what starts it."""
    files = Path("services", service).glob("[!_]*.py")
    return [import_module(f"services.{service}.{file.stem}") for file in files]


def test_the_manifests_have_the_topics_as_the_code_says() -> None:
    written = list(yaml.safe_load_all(Path("deploy/k8s/base/kafka/topics.yaml").read_text()))
    again = "make them again: python -m shared.runtime.topics --strimzi > deploy/k8s/base/kafka/topics.yaml"
    assert written == strimzi(AGENCIES), again


def test_the_manifests_have_who_may_do_what_as_the_code_says() -> None:
    written = list(yaml.safe_load_all(Path("deploy/k8s/base/kafka/users.yaml").read_text()))
    assert written == acls.strimzi(AGENCIES), (
        "make them again: python -m shared.runtime.acls > deploy/k8s/base/kafka/users.yaml"
    )


def test_the_page_on_data_protection_has_the_topics_as_the_code_says() -> None:
    page = Path("docs/data-protection.md").read_text().splitlines()
    lines = list(table())
    start = page.index(lines[0])
    assert page[start : start + len(lines)] == lines, "make them again: python -m shared.runtime.topics --table"


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_every_topic_says_what_it_holds_of_people_how_long_and_why(topic: topics.Topic) -> None:
    assert topic.personal
    assert topic.kept.because
    assert topic.kept.span is None or topic.kept.span <= LONGEST


def test_of_what_is_compacted_the_older_goes_within_days_and_a_deletion_is_found_by_who_was_away() -> None:
    settings = config(topics.BLOCK_LISTS)
    assert settings["cleanup.policy"] == "compact"
    assert 0 < int(settings["min.compaction.lag.ms"]) < int(settings["max.compaction.lag.ms"]) <= 7 * DAY
    assert int(settings["delete.retention.ms"]) >= 14 * DAY
