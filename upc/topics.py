"""`upc topics plan | apply`: what the broker has beside what the code says."""

from collections.abc import Iterator, Mapping
from enum import IntEnum

import typer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from shared.events.operations import Did
from shared.events.topics import ALL, PARTITIONS, with_lanes
from shared.runtime import acls, login, topics
from shared.runtime.acls import Acl, Operation, Permission, Resource
from upc import shown
from upc.kafka import Kafka, run
from upc.settings import ToolSettings, tool_settings

app = typer.Typer(no_args_is_help=True, help="Topics and who may do what with them, as the code says.")
COLUMNS = {"what": "What", "name": "Name", "change": "Change"}
Change = dict[str, str]
SET_ON_TOPIC = 1
"""Kafka's number for a setting that somebody made for this topic."""


@app.command()
def plan(json: shown.AsJson = False) -> None:
    """What `apply` would change. Ends with 1 where that is anything. Needs an administrator's login."""
    settings = tool_settings()
    changes = run(settings, lambda kafka: planned(kafka, settings))
    shown.show(json, _heading(changes), COLUMNS, changes)
    raise typer.Exit(1 if changes else 0)


@app.command()
def apply(reason: shown.Reason = "", yes: shown.Yes = False, json: shown.AsJson = False) -> None:
    """Makes what is missing, puts right what is otherwise, takes away what nobody may. Needs an administrator's login.

    Topics are never deleted, and partitions never added: that would put a prisoner's events out of order.
    """
    settings = tool_settings()
    changes = run(settings, lambda kafka: planned(kafka, settings))
    if changes and not json:
        shown.table(_heading(changes), COLUMNS, changes)
    if changes:
        shown.sure(f"{len(changes)} changes will be made.", yes)
        run(settings, lambda kafka: _apply(kafka, settings, reason or "upc topics apply"))
    shown.as_json(changes) if json else shown.say(f"{len(changes)} changes made.")


async def planned(kafka: Kafka, settings: ToolSettings) -> list[Change]:
    """Every difference between the broker and the code."""
    wanted = with_lanes(ALL, settings.agencies)
    async with kafka.administering() as admin:
        there = set(await admin.list_topics())
        known = [topic for topic in wanted if topic.name in there]
        partitions = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics([t.name for t in known])}
        configs = await _configs(admin, [topic.name for topic in known])
        lines = await acls.known(admin)
    changes = [_change("topic", topic.name, "make") for topic in wanted if topic.name not in there]
    for topic in known:
        changes += _otherwise(topic.name, configs[topic.name], topics.config(topic))
        if partitions[topic.name] != PARTITIONS:
            changes.append(
                _change("topic", topic.name, f"has {partitions[topic.name]} partitions, not {PARTITIONS}: by hand")
            )
    return changes if lines is None else [*changes, *_of_acls(acls.wanted(wanted), lines)]


async def _apply(kafka: Kafka, settings: ToolSettings, reason: str) -> None:
    async with kafka.administering() as admin:
        replicas = min(3, len((await admin.describe_cluster())["brokers"]))
    await topics.apply(settings.kafka_bootstrap_servers, replicas, login.security(settings), settings.agencies)
    async with kafka.producing() as producer:
        await kafka.note(producer, Did.APPLIED, "topics", reason)


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, Mapping[str, str]]:
    """What was set for each topic."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, Mapping[str, str]] = {}
    for answer in await admin.describe_configs(asked) if asked else ():
        for code, why, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(why)
            found[name] = {setting: value for setting, value, _, source, *_ in entries if source == SET_ON_TOPIC}
    return found


def _otherwise(topic: str, has: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(has.keys() | wanted.keys()):
        if has.get(name) != wanted.get(name):
            said = (value.get(name, "the broker’s own") for value in (has, wanted))
            yield _change("setting", topic, f"{name}: {' → '.join(said)}")


def _of_acls(wanted: frozenset[Acl], known: frozenset[Acl]) -> Iterator[Change]:
    for line in sorted(wanted - known):
        yield _change("acl", line.name, f"add: {_said(line)}")
    for line in sorted(acls.unwanted(wanted, known)):
        yield _change("acl", line.name, f"take away: {_said(line)}")


def _said(line: Acl) -> str:
    """One line of the authorizer's, in words."""
    permission = "let" if line.permission == Permission.ALLOW else "forbid"
    return f"{permission} {line.principal} {_word(Operation, line.operation)} this {_word(Resource, line.resource)}"


def _word(kind: type[IntEnum], number: int) -> str:
    """Kafka knows more kinds than we use."""
    return kind(number).name.lower() if number in set(kind) else f"({kind.__name__.lower()} {number})"


def _change(what: str, name: str, change: str) -> Change:
    return {"what": what, "name": name, "change": change}


def _heading(changes: list[Change]) -> str:
    return f"{len(changes)} changes" if changes else "The broker is as the code says"
