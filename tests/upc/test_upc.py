"""`upc` on a Kafka of its own, from a broker with nothing on it to a service that reads everything again."""

from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local import KafkaServer, free_port
from services.routing.app import make
from shared.events import topics
from shared.events.principals import AGENCIES
from tests.support.outside import outside
from tests.support.running import running, settings_for
from tests.support.upc import Upc, upc
from upc.replay import never_forward

PRISONERS, TASKS = topics.INBOUND_PRISONERS.name, topics.TASKS.name
DEAD = topics.dead_letters("routing").name


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that is as it comes."""
    with KafkaServer(tmp_path_factory.mktemp("own-kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="module")
def robin(own_kafka: str) -> Upc:
    return upc(settings_for(own_kafka, ""))


async def test_topics_are_planned_and_then_as_the_code_says(robin: Upc, own_kafka: str) -> None:
    plan = await robin("topics", "plan", "--json")
    assert plan.code == 1
    every = {topic.name for topic in topics.with_lanes(topics.ALL, AGENCIES)}
    assert {change["name"] for change in plan.data if change["change"] == "make"} == every
    assert (await robin("topics", "apply")).code == 2, "nobody said that it is meant"
    applied = await robin("topics", "apply", "--yes", "--json", "--reason", "a new cluster")
    assert applied.data == plan.data


async def test_what_somebody_changed_by_hand_is_seen_and_put_right(robin: Upc, own_kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=own_kafka)
    await admin.start()
    by_hand = {"retention.ms": "1000", "segment.ms": "5000", "max.message.bytes": "1000"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TASKS, by_hand)])
    await admin.close()
    plan = (await robin("topics", "plan", "--json")).data
    assert {change["name"] for change in plan} == {TASKS}
    assert {change["change"].split(":")[0] for change in plan} == {*by_hand, "cleanup.policy", "message.timestamp.type"}
    await robin("topics", "apply", "--yes", "--reason", "somebody tried something")
    assert (await robin("topics", "plan")).code == 0


async def test_a_service_reads_its_topics_again_once_it_is_stopped(robin: Upc, own_kafka: str, mongo_uri: str) -> None:
    """With a database of nothing, as after the worst; what it set aside before is one dead letter still."""
    again = ("replay", "routing", "--yes", "--json", "--reason", "its database is gone")
    async with outside(own_kafka) as party:
        async with running(make, settings_for(own_kafka, mongo_uri, mongodb_prefix="before")):
            bad = await party.send(PRISONERS, b"{", key="A1234BC")
            await party.wait(DEAD, lambda letter: letter.id == bad)
            refused = await robin(*again)
            assert (refused.code, "the service runs" in refused.err) == (2, True)
        rewound = await robin(*again)
        assert {row["from"] for row in rewound.data if row["topic"] == PRISONERS} == {0}
        async with running(make, settings_for(own_kafka, mongo_uri, mongodb_prefix="after")):
            await party.wait(DEAD, lambda letter: letter.id == bad, count=2)
        since = await robin(*again, "--since", "2100-01-01T00:00")
        assert all(row["from"] == row["was"] for row in since.data), "what nobody has read is not left out"
    listed = (await robin("dead-letters", "list", "--json")).data
    assert [row["came_from"].rsplit("/", 2)[0] for row in listed] == [PRISONERS]


@pytest.mark.parametrize(
    ("came", "was", "goes_on"),
    [(40, 60, 40), (40, 20, 20), (90, 20, 20), (40, None, 10), (40, 5, 10)],
    ids=["rewound", "further back", "nothing came since", "never read", "no longer kept"],
)
def test_reading_again_since_a_time_leaves_out_nothing_unread(came: int, was: int | None, goes_on: int) -> None:
    place = TopicPartition(PRISONERS, 0)
    assert never_forward({place: came}, {} if was is None else {place: was}, {place: 10}) == {place: goes_on}


async def test_what_a_service_never_read_is_behind(robin: Upc, own_kafka: str) -> None:
    """It has no offset there: nobody started it yet, or it never got to that partition. On what it follows it never has one."""
    async with outside(own_kafka) as party:
        await party.send(topics.INBOUND_ACKNOWLEDGEMENTS.name, b"{", key="A1234BC")
        await party.send(topics.BLOCK_LISTS.name, b"{", key="A1234BC")
    services = {row["service"]: row for row in (await robin("status", "--json")).data["services"]}
    assert services["blocking"]["topics_behind"] == [topics.INBOUND_ACKNOWLEDGEMENTS.name]
    assert services["blocking"]["behind"] == 1
    assert topics.BLOCK_LISTS.name in services["desk"]["topics_behind"]


async def test_a_lane_that_this_operator_does_not_name_is_read_again_too(robin: Upc, own_kafka: str) -> None:
    named = topics.INBOUND_CONTACT_REQUESTS.lane(AGENCIES[0]).name
    fewer = Upc({**robin.settings, "AGENCIES": ""}, robin.urls)
    consumer = AIOKafkaConsumer(bootstrap_servers=own_kafka, group_id="upc-intake", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(named, 0)])
    await consumer.commit({TopicPartition(named, 0): 0})
    await consumer.stop()
    rewound = await fewer("replay", "intake", "--yes", "--json", "--reason", "its database is gone")
    assert named in {row["topic"] for row in rewound.data}


async def test_without_kafka_or_anybody_it_says_so_in_a_line(mongo_uri: str) -> None:
    nowhere = upc(settings_for(f"127.0.0.1:{free_port()}", mongo_uri))
    for arguments in (("dead-letters", "list"), ("case", "UPC-7KQ-M2X-WDHC")):
        ran = await nowhere(*arguments)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    status = await nowhere("status", "--json")
    assert status.code == 1
    assert {service["state"] for service in status.data["services"]} == {"does not answer"}
