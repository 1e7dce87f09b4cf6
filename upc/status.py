"""`upc status`: how the services are, how far behind, what is late, and what is stuck and why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.principals import SERVICES
from shared.events.topics import ALL, with_lanes
from upc import shown
from upc.asking import AWAY, Asking
from upc.kafka import Kafka, run
from upc.letters import waiting
from upc.settings import ToolSettings, Trouble, tool_settings

AGES = (10, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
"""Seconds: how old the oldest unread record is, as far as Kafka tells without its being read."""
SERVICE_COLUMNS = {
    "service": "Service",
    "state": "State",
    "behind": "Behind",
    "older_than": "For",
    "dead_letters": "Dead letters",
}
STUCK_COLUMNS = {"what": "What", "where": "Where", "since": "Since", "why": "Why"}


def status(json: shown.AsJson = False) -> None:
    """How the services are and how far behind, what waits for whom and what of it is late, what is stuck and why.

    Ends with 1 where something is not as it should be. Deadlines are asked of the desk, which needs a client of the identity
    provider's; how far behind, of Kafka, which needs the login of `sre`.
    """
    settings = tool_settings()
    asking = Asking(settings)
    services: dict[str, dict[str, Any]] = {
        service: {"service": str(service), "state": state(asking, service)} for service in SERVICES
    }
    kafka = _known(lambda: run(settings, lambda kafka: _of_kafka(kafka, settings)))
    for service, found in (kafka if isinstance(kafka, dict) else {}).items():
        services[service] |= found
    deadlines = _known(lambda: asking.get("desk", "/api/v1/late"))
    stuck = [*_stuck_services(services, kafka), *_stuck_cases(deadlines)]
    if json:
        shown.as_json({"services": [*services.values()], "deadlines": deadlines, "stuck": stuck})
    else:
        _show(services, deadlines, stuck)
    raise typer.Exit(1 if stuck else 0)


def state(asking: Asking, service: str) -> str:
    """`ready`, or what is missing."""
    try:
        answer = asking.look(service, "/readyz")
        missing = answer.json()["missing"]
    except (*AWAY, KeyError, TypeError):
        return "does not answer"
    return f"waits for {', '.join(missing)}" if missing else "ready"


async def _of_kafka(kafka: Kafka, settings: ToolSettings) -> dict[str, dict[str, Any]]:
    """How far each service is behind on all that it keeps a place in, also where it never read anything; and its dead letters."""
    every = with_lanes(ALL, settings.agencies)
    letters = await waiting(kafka)
    found: dict[str, dict[str, Any]] = {}
    async with kafka.administering() as admin, kafka.consuming() as consumer:
        for service in SERVICES:
            committed = await admin.list_consumer_group_offsets(f"upc-{service}")
            places = await kafka.places(*(topic.name for topic in every if topic.has_place_of(service)))
            ends = await consumer.end_offsets([*{*places, *committed}])
            begin = await consumer.beginning_offsets([place for place in places if place not in committed])
            read = begin | {place: meta.offset for place, meta in committed.items()}
            behind = {place: offset for place, offset in read.items() if offset < ends[place]}
            found[service] = {
                "behind": sum(ends[place] - offset for place, offset in behind.items()),
                "older_than": await _older_than(consumer, behind, kafka.now_ms()),
                "topics_behind": sorted({place.topic for place in behind}),
                "dead_letters": sum(letter.service == service for letter in letters),
            }
    return found


async def _older_than(consumer: AIOKafkaConsumer, unread: Mapping[TopicPartition, int], now_ms: int) -> int:
    """Seconds that the oldest unread record has waited at least; 0 where that is no time."""
    oldest = 0
    for age in AGES if unread else ():
        first = await consumer.offsets_for_times({place: now_ms - age * 1000 for place in unread})
        older = [place for place, found in first.items() if found is None or found.offset > unread[place]]
        if not older:
            break
        oldest = age
    return oldest


def _stuck_services(services: Mapping[str, Mapping[str, Any]], kafka: Any) -> list[dict[str, Any]]:
    stuck = []
    for name, found in services.items():
        if found["state"] != "ready":
            stuck.append({"what": name, "where": "", "since": "", "why": found["state"]})
        elif found.get("older_than", 0) >= AGES[1]:
            since = str(timedelta(seconds=found["older_than"]))
            stuck.append(
                {"what": name, "where": ", ".join(found["topics_behind"]), "since": since, "why": "does not read"}
            )
        if found.get("dead_letters"):
            why = f"{found['dead_letters']} dead letters: upc dead-letters list --service {name}"
            stuck.append({"what": name, "where": "", "since": "", "why": why})
    if isinstance(kafka, str):
        stuck.append({"what": "kafka", "where": "", "since": "", "why": kafka})
    return stuck


def _stuck_cases(deadlines: Any) -> list[dict[str, Any]]:
    if isinstance(deadlines, str):
        return [{"what": "deadlines", "where": "", "since": "", "why": deadlines}]
    return [
        {"what": late["reference"], "where": late["prison_id"], "since": late["deadline"], "why": _why(late)}
        for of_kind in deadlines
        for late in of_kind["late_first"]
    ]


def _why(late: Mapping[str, Any]) -> str:
    note = f" ({late['note']})" if late["note"] else ""
    return f"nobody did: {late['kind']}{note}"


def _show(services: Mapping[str, Mapping[str, Any]], deadlines: Any, stuck: list[dict[str, Any]]) -> None:
    rows = [{**found, "older_than": _age(found.get("older_than", 0))} for found in services.values()]
    shown.table("Services", SERVICE_COLUMNS, rows)
    if not isinstance(deadlines, str):
        shown.table("Deadlines", {"kind": "To do", "waiting": "Waiting", "late": "Late"}, deadlines)
    local = [{**row, "since": shown.clock(row["since"]) if "T" in row["since"] else row["since"]} for row in stuck]
    shown.table("Stuck" if stuck else "Nothing is stuck", STUCK_COLUMNS, local)


def _age(seconds: int) -> str:
    return f"{timedelta(seconds=seconds)} or longer" if seconds else ""


def _known(ask: Any) -> Any:
    """What `ask` finds, or why it finds nothing: the rest is worth knowing all the same."""
    try:
        return ask()
    except Trouble as why:
        return str(why)
