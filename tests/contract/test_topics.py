"""The topics of the public contract, in the code, on the broker and in the manifests."""

from pathlib import Path

import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient

from shared.events import topics
from shared.events.catalogue import CATALOGUE
from shared.runtime.topics import apply, strimzi
from tests.support.outside import Outside

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
    described = {topic["topic"]: topic for topic in await admin.describe_topics([t.name for t in topics.ALL])}
    await admin.close()
    assert {name: len(topic["partitions"]) for name, topic in described.items()} == {
        topic.name: topics.PARTITIONS for topic in topics.ALL
    }


def test_the_manifests_have_the_topics_as_the_code_says() -> None:
    written = list(yaml.safe_load_all(Path("deploy/k8s/topics.yaml").read_text()))
    assert written == strimzi(), "make them again: python -m shared.runtime.topics --strimzi > deploy/k8s/topics.yaml"
