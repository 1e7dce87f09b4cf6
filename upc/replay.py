"""`upc replay SERVICE`: has a service read its topics again, to make its picture anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.domain.working_days import parse_time
from shared.events.operations import Did
from shared.events.principals import SERVICES
from shared.events.topics import ALL, with_lanes
from upc import shown
from upc.kafka import Kafka, run
from upc.settings import ToolSettings, Trouble, tool_settings


def replay(
    service: Annotated[str, typer.Argument(help="Which one. All its instances have to be stopped.")],
    since: Annotated[
        str | None, typer.Option(help="From then on (London time without an offset); else all that Kafka has.")
    ] = None,
    reason: shown.Reason = "",
    yes: shown.Yes = False,
    json: shown.AsJson = False,
) -> None:
    """Has a service read its topics again, all or from a time on: after its database went back to a backup, or is new.

    What it has not read yet it reads, however long ago it came: no partition is moved forward.
    What its inbox knows is dropped, and what it says again has the names it had, so that nobody else counts it twice. Only a
    message to somebody outside can go out twice: notifications whose database was lost. Needs a login that may come into the
    service's group: an administrator's.
    """
    settings, from_time = tool_settings(), _time(since)
    if service not in SERVICES:
        raise Trouble(f"there is no service {service}: {', '.join(SERVICES)}")
    if not reason.strip():
        raise Trouble("say why: --reason")
    shown.sure(f"{service} will read again {f'what came since {since}' if since else 'all that Kafka has'}.", yes)
    rewound = run(settings, lambda kafka: _rewind(kafka, settings, service, from_time, reason))
    columns = {"topic": "Topic", "partition": "Partition", "from": "From", "was": "Was at", "end": "End"}
    shown.show(
        json, f"Start {service}: it reads {sum(row['end'] - row['from'] for row in rewound)} records", columns, rewound
    )


async def _rewind(
    kafka: Kafka, settings: ToolSettings, service: str, since: datetime | None, reason: str
) -> list[dict[str, int]]:
    """Where the group goes on from now, by partition. Raises Trouble while the service runs."""
    group = f"upc-{service}"
    topics = {topic.name for topic in with_lanes(ALL, settings.agencies) if topic.has_place_of(service)}
    async with kafka.administering() as admin:
        await must_be_empty(admin, group)
        was = {place: at.offset for place, at in (await admin.list_consumer_group_offsets(group)).items()}
        lanes = {place.topic for place in was} & {
            *await admin.list_topics()
        }  # of agencies that are not named here, too
    places = await kafka.places(*sorted(topics | lanes))
    async with kafka.consuming(group) as consumer, kafka.producing() as producer:
        consumer.assign(places)
        begin, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        goes_on = {place: begin[place] for place in places}
        if since:
            asked = {place: int(since.timestamp() * 1000) for place in places}
            found = await consumer.offsets_for_times(asked)
            came = {place: at.offset if at else end[place] for place, at in found.items()}
            goes_on = never_forward(came, was, begin)
        try:
            await consumer.commit(goes_on)
        except KafkaError as refused:
            raise Trouble(
                f"Kafka does not let the group be moved ({type(refused).__name__}): stop the service"
            ) from None
        await kafka.note(producer, Did.REWOUND, service, reason)
    return [
        {
            "topic": p.topic,
            "partition": p.partition,
            "from": goes_on[p],
            "was": was.get(p, begin[p]),
            "end": end[p],
        }
        for p in sorted(places)
    ]


def never_forward(
    came: Mapping[TopicPartition, int], was: Mapping[TopicPartition, int], begin: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Where to go on, by partition: from what `came` since then, or from where the group was, if that is further back.

    What the group has not read stays unread, and where it never was it has read nothing.
    """
    return {place: max(min(at, was.get(place, begin[place])), begin[place]) for place, at in came.items()}


async def must_be_empty(admin: AIOKafkaAdminClient, group: str) -> None:
    """Raises Trouble while somebody of the group runs."""
    (described,) = await admin.describe_consumer_groups([group])
    state = described.groups[0][2]
    if state not in ("Empty", "Dead"):
        raise Trouble(
            f"the service runs (its group is {state}): stop all its instances, wait ten seconds, and try again"
        )


def _time(written: str | None) -> datetime | None:
    try:
        return parse_time(written) if written else None
    except ValueError:
        raise Trouble(f"--since {written} is no time: 2026-11-23T02:00 is one") from None
