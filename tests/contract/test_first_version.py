"""Events and documents as the first version wrote them, recorded once from simulated days and never again.

While a new version is rolled out the old one writes beside it, and what it wrote stays for years: each later version reads it
whole, and each version passes over what only a later one says, and keeps what it stored (docs/adding-an-event.md).
"""

import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Event, Record, cause_of
from shared.events.notices import PrisonerNoticeIssued
from shared.runtime.work import State
from tests.support.world import START

LATER = {"said_by_a_later_version": {"of": ["something"]}}


def recorded(name: str) -> Sequence[dict[str, Any]]:
    return [json.loads(line) for line in (Path(__file__).parent / f"first/{name}.jsonl").read_text().splitlines()]


EVENTS, DOCUMENTS = recorded("events"), recorded("documents")


def record_of(event: dict[str, Any]) -> Record:
    headers = tuple((name, text.encode()) for name, text in event["headers"].items())
    return Record(event["topic"], event["key"].encode(), json.dumps(event["value"]).encode(), headers)


def model_of(event: dict[str, Any]) -> type[Event]:
    model = CATALOGUE.model_of(record_of(event))
    assert model, "nobody would handle it any more"
    return model


def kind_of(document: dict[str, Any]) -> type[State]:
    """Of those that the service is made with."""
    wired = vars(importlib.import_module(f"services.{document['service']}.app")).values()
    kinds = [kind for kind in wired if isinstance(kind, type) and issubclass(kind, State) and kind is not State]
    return next(kind for kind in kinds if document["collection"] == kind.COLLECTION)


def read(model: type[BaseModel], value: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What today's code makes of it, and would write again."""
    read: dict[str, Any] = model.model_validate_json(json.dumps(value | more)).model_dump(mode="json")
    return read


def is_in(before: Any, now: Any) -> bool:
    """Whether `now` says all that `before` said, whatever else it says."""
    if isinstance(before, dict) and isinstance(now, dict):
        return all(name in now and is_in(value, now[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(now, list):
        return len(before) == len(now) and all(map(is_in, before, now))
    return bool(before == now)


OURS = [event for event in EVENTS if ".inbound." not in event["topic"]]


@pytest.mark.parametrize("event", OURS, ids=lambda event: event["headers"]["ce_type"])
def test_what_our_first_version_said_is_read_whole_and_a_later_one_may_say_more(event: dict[str, Any]) -> None:
    model = model_of(event)
    assert is_in(event["value"], read(model, event["value"]))
    if model is not PrisonerNoticeIssued:  # which says a name, and in no version more (R16)
        assert read(model, event["value"], **LATER) == read(model, event["value"])
    assert event["key"] == model.model_validate_json(json.dumps(event["value"])).key()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["topic"])
def test_each_record_of_then_is_the_event_that_it_was(event: dict[str, Any]) -> None:
    """By its name it counts once, over the roll-out, too."""
    record = record_of(event)
    cause = cause_of(record, model_of(event).model_validate_json(record.value or b""), START)
    if event["headers"]:
        assert (cause.source, cause.id) == (event["headers"]["ce_source"], event["headers"]["ce_id"])
    else:
        assert cause.id


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: f"{document['service']} {document['collection']}")
def test_what_the_first_version_stored_is_read_whole_and_what_a_later_one_adds_is_kept(
    document: dict[str, Any],
) -> None:
    kind, state = kind_of(document), document["state"]
    assert is_in(state, read(kind, state))
    assert read(kind, state, **LATER) == read(kind, state) | LATER
