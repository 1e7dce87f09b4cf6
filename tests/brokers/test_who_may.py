"""Who may write and read what: a table written by hand from the contract, asked of a real broker line by line."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    NoError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.admin import DeleteRecordsRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from deploy.local import private
from deploy.local.kafka.guard import BROKER
from deploy.local.kafka.logins import Logins
from shared.events.principals import Principal
from shared.events.topics import ALL, with_lanes
from shared.runtime import acls
from tests.support.guarded import AGENCIES, Guarded, word
from tests.support.waiting import PATIENCE

TABLE = """
upc.inbound.contact-requests.v1         | police probation    | intake
upc.inbound.contact-requests.v1.met     | met                 | intake
upc.inbound.contact-requests.v1.wyp     | wyp                 | intake
upc.inbound.contact-requests.v1.desk    | desk                | intake
upc.inbound.breach-reports.v1           | police probation    | intake
upc.inbound.breach-reports.v1.met       | met                 | intake
upc.inbound.breach-reports.v1.wyp       | wyp                 | intake
upc.inbound.breach-reports.v1.desk      | desk                | intake
upc.inbound.replies.v1                  | intake              | police probation
upc.inbound.replies.v1.met              | intake              | met
upc.inbound.replies.v1.wyp              | intake              | wyp
upc.inbound.replies.v1.desk             | intake              | desk
upc.inbound.prisoner-events.v1          | estate              | routing transfers blocking records desk
upc.inbound.prisoners.v1                | estate              | routing desk
upc.inbound.social-contacts.v1          | estate              | blocking desk
upc.inbound.prison-decisions.v1         | estate desk         | blocking transfers desk
upc.inbound.block-acknowledgements.v1   | estate desk         | blocking desk
upc.inbound.routing-decisions.v1        | desk                | routing desk
upc.inbound.mail-decisions.v1           | desk                | mailbox desk
upc.contact-requests.v1                 | intake routing      | desk intake routing blocking notifications records
upc.breach-reports.v1                   | intake routing      | desk intake routing blocking records
upc.block-lists.v1                      | blocking            | estate blocking transfers records desk
upc.blocks.v1                           | blocking            | desk intake routing transfers notifications records
upc.reviews.v1                          | transfers           | estate desk intake blocking notifications records
upc.social-contacts.v1                  | blocking            | estate desk records
upc.breach-alerts.v1                    | blocking            | estate desk transfers notifications records
upc.prisoner-notices.v1                 | notifications       | estate records desk
upc.case-file-notes.v1                  | notifications       | police cps records desk
upc.handovers.v1                        | transfers           | probation notifications intake records desk
upc.tasks.v1                            | blocking notifications | desk records
upc.mail.received.v1                    | mailbox intake      | desk
upc.mail.forms.v1                       | mailbox             | intake
upc.mail.bounces.v1                     | mailbox             | notifications
upc.erasures.v1                         | records             | intake routing blocking transfers notifications records desk
upc.audit-anchors.v1                    | intake routing blocking transfers notifications records desk mailbox | records
upc.operations.v1                       | sre                 | sre records
upc.intake.dead-letters.v1              | intake              | sre
upc.routing.dead-letters.v1             | routing             | sre
upc.blocking.dead-letters.v1            | blocking            | sre
upc.transfers.dead-letters.v1           | transfers           | sre
upc.notifications.dead-letters.v1       | notifications       | sre
upc.records.dead-letters.v1             | records             | sre
upc.desk.dead-letters.v1                | desk                | sre
upc.mailbox.dead-letters.v1             | mailbox             | sre
"""
LINES = [[part.split() for part in line.split("|")] for line in TABLE.strip().splitlines()]
TOPICS = [topic for (topic,), _, _ in LINES]
MAY_WRITE = {(who, topic) for (topic,), writers, _ in LINES for who in writers}
MAY_READ = {(who, topic) for (topic,), _, readers in LINES for who in readers}
EVERYBODY = (
    *("intake", "routing", "blocking", "transfers", "notifications", "records", "mailbox"),
    *("police", "probation", "cps", "estate", "desk", "sre", "met", "wyp"),
)
NOT_ALLOWED, NOT_INTO_THE_GROUP, NO_TRANSACTIONS = 29, 30, 53
"""Kafka's own codes."""


def test_the_table_has_every_topic_and_everybody() -> None:
    assert set(TOPICS) == {topic.name for topic in with_lanes(ALL, AGENCIES)}
    assert set(EVERYBODY) == {*Principal, *AGENCIES}


@pytest.mark.parametrize("who", EVERYBODY)
async def test_everybody_writes_and_reads_what_the_table_says_and_nothing_else(guarded: Guarded, who: str) -> None:
    async with guarded.client(who) as client:
        assert await _refused_to_write(client) == {topic for topic in TOPICS if (who, topic) not in MAY_WRITE}
        assert await _refused_to_read(client) == {topic for topic in TOPICS if (who, topic) not in MAY_READ}


async def _refused_to_write(client: AIOKafkaClient) -> set[str]:
    """What the broker answers to a record for each topic."""
    batch = DefaultRecordBatchBuilder(2, 0, False, -1, -1, 0, 1000)
    batch.append(0, None, b"k", b"{}", [])
    record = bytes(batch.build())
    answer = await _ask(client, ProduceRequest(None, -1, 5000, [(topic, [(0, record)]) for topic in TOPICS]))
    return _refused((topic, parts[0][1]) for topic, parts in answer.topics)


async def _refused_to_read(client: AIOKafkaClient) -> set[str]:
    wanted = [(topic, [(0, 0, 1000)]) for topic in TOPICS]
    answer = await _ask(client, FetchRequest(0, 0, 1_000_000, 0, wanted))
    return _refused((topic, parts[0][1]) for topic, parts in answer.topics)


def _refused(answers: Iterable[tuple[str, int]]) -> set[str]:
    codes = dict(answers)
    assert set(codes.values()) <= {NoError.errno, NOT_ALLOWED}
    return {topic for topic, code in codes.items() if code == NOT_ALLOWED}


async def _ask(client: AIOKafkaClient, request: object) -> Any:
    return await client.send(client.get_random_node(), request)


OUTSIDE = {"police", "probation", "cps", "estate", "desk", "sre"}
GROUPS: dict[str, set[str]] = {
    "upc-intake": {"intake"},
    "upc-blocking": {"blocking"},
    "upc-records": {"records"},
    "upc-desk": {"desk"},
    "lane.met.replies": {"met"},
    "lane.wyp.1": {"wyp"},
    "lane.wyp": set(),
    "lane.nobody.1": set(),
    "of-anybody": OUTSIDE,
    "upc-of-anybody": OUTSIDE,
}


async def test_nobody_comes_into_a_group_that_belongs_to_somebody_else(guarded: Guarded) -> None:
    let_in: dict[str, set[str]] = {group: set() for group in GROUPS}
    for who in EVERYBODY:
        async with guarded.client(who) as client:
            for group in GROUPS:
                answer = await _ask(client, HeartbeatRequest(group, 1, "nobody"))
                let_in[group] |= set() if answer.error_code == NOT_INTO_THE_GROUP else {who}
    assert let_in == GROUPS


async def test_blocking_cannot_write_a_request(guarded: Guarded) -> None:
    async with AIOKafkaProducer(**guarded.connection("blocking"), enable_idempotence=True) as producer:
        for topic in ("upc.inbound.contact-requests.v1", "upc.contact-requests.v1"):
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"{}")


@pytest.mark.parametrize("topic", ["upc.inbound.replies.v1.wyp", "upc.inbound.replies.v1"])
async def test_an_agency_cannot_read_the_replies_to_another(guarded: Guarded, topic: str) -> None:
    consumer = AIOKafkaConsumer(topic, **guarded.connection("met"), auto_offset_reset="earliest")
    with pytest.raises(TopicAuthorizationFailedError):
        await consumer.start()
    await consumer.stop()


@pytest.mark.parametrize("who", ["intake", "police", "met", "sre"])
async def test_nobody_but_the_administrator_makes_a_topic_or_changes_who_may_do_what(
    guarded: Guarded, who: str
) -> None:
    admin = AIOKafkaAdminClient(**guarded.connection(who))
    await admin.start()
    try:
        made = await admin.create_topics([NewTopic("upc.inbound.replies.v1.mine", 1, 1)])
        assert made.topic_errors[0][1] == NOT_ALLOWED
        with pytest.raises(ClusterAuthorizationFailedError):
            await acls.add(admin, acls.looking_on(who))
        with pytest.raises(ClusterAuthorizationFailedError):
            await acls.apply(admin, frozenset())
    finally:
        await admin.close()


@pytest.mark.parametrize("who", ["intake", "estate", "met", "sre"])
async def test_nobody_but_the_administrator_takes_anything_away_or_shuts_anybody_out(
    guarded: Guarded, who: str
) -> None:
    """Neither topics, records and settings, nor what a transactional producer of the same name could fence off."""
    topic = next((topic for writer, topic in sorted(MAY_WRITE) if writer == who), TOPICS[0])
    shorter = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "1"})
    admin = AIOKafkaAdminClient(**guarded.connection(who))
    await admin.start()
    try:
        assert [code for _, code, *_ in (await admin.delete_topics([topic])).topic_error_codes] == [NOT_ALLOWED]
        (changed,) = await admin.alter_configs([shorter])
        assert changed.resources[0][0] == NOT_ALLOWED
    finally:
        await admin.close()
    async with guarded.client(who) as client:
        answer = await _ask(client, DeleteRecordsRequest([(topic, [(0, -1)])], 5000))
        assert answer.topics[0][1][0][2] == NOT_ALLOWED
        for name in ("upc-intake", "anything"):
            assert (await _ask(client, InitProducerIdRequest(name, 1000))).error_code == NO_TRANSACTIONS


async def test_onlookers_read_everything_and_write_nothing_until_somebody_puts_it_right(
    guarded: Guarded, tmp_path: Path
) -> None:
    """Those of the demo, who come in by what it writes for them."""
    file, everybody = tmp_path / "passwords", (BROKER, *Principal, *AGENCIES)
    private.write(file, json.dumps({name: word(name) for name in everybody}))
    logins = Logins(file, AGENCIES, ["onlooker"])
    await logins.admit(guarded.server.direct)
    await logins.let_look_on(guarded.server.direct)
    password = {"kafka_password": logins.outside["onlooker"]["password"]}
    await guarded.until_known("onlooker", **password)
    async with guarded.client("onlooker", **password) as client:
        async with asyncio.timeout(PATIENCE):
            while await _refused_to_read(client):
                await asyncio.sleep(0.05)
        assert await _refused_to_write(client) == set(TOPICS)
        for group in GROUPS:
            assert (await _ask(client, HeartbeatRequest(group, 1, "nobody"))).error_code == NOT_INTO_THE_GROUP
        await guarded.put_right()
        async with asyncio.timeout(PATIENCE):
            while await _refused_to_read(client) != set(TOPICS):
                await asyncio.sleep(0.05)


async def test_a_group_is_refused_by_name(guarded: Guarded) -> None:
    consumer = AIOKafkaConsumer("upc.inbound.replies.v1", **guarded.connection("police"), group_id="upc-intake")
    with pytest.raises(GroupAuthorizationFailedError):
        await consumer.start()
    await consumer.stop()


async def test_putting_it_right_takes_away_what_nobody_said_and_again_changes_nothing(guarded: Guarded) -> None:
    wanted = acls.wanted(with_lanes(ALL, AGENCIES))
    stray = frozenset(acls.looking_on("mallory"))
    async with guarded.administering() as admin:
        await acls.add(admin, stray)
        await _until_known(admin, wanted | stray)
        for _ in range(2):
            await acls.apply(admin, wanted)
            await _until_known(admin, wanted)


async def _until_known(admin: AIOKafkaAdminClient, lines: frozenset[acls.Acl]) -> None:
    async with asyncio.timeout(PATIENCE):
        while await acls.known(admin) != lines:
            await asyncio.sleep(0.05)
