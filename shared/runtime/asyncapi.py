"""AsyncAPI 3 documents made from the models: what a service receives and sends."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Event
from shared.events.topics import Topic, dead_letters, met_by

HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "With ce_source, names the event for ever."},
        "ce_source": {"type": "string"},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string"},
    },
}


Forms = Mapping[type[Event], type[BaseModel]]
"""What to fill in, for events whose body is taken as it comes."""
Mode = Literal["serialization", "validation"]


def document(service: str, receives: Sequence[type[Event]], forms: Forms) -> dict[str, Any]:
    """The AsyncAPI 3 document of `service`, which handles `receives` and says what it says on the topics that it writes."""
    written = [model for model in CATALOGUE.models if service in met_by(model.TOPIC, service).written_by]
    sends = [model for model in written if service in (model.SAID_BY or met_by(model.TOPIC, service).written_by)]
    models = list(dict.fromkeys([*receives, *sends]))
    payloads = {model: _payload(model, forms) for model in models}
    references, definitions = models_json_schema(list(payloads.values()), ref_template="#/components/schemas/{model}")
    met = {model: met_by(model.TOPIC, service) for model in models}
    topics = {topic.name: topic for topic in (*met.values(), dead_letters(service))}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Unwanted Prisoner Contact Service: {service}", "version": "1"},
        "defaultContentType": "application/json",
        "channels": {name: _channel(topic, met) for name, topic in topics.items()},
        "operations": _operations("receive", [met[model] for model in receives])
        | _operations("send", [met[model] for model in sends]),
        "components": {
            "schemas": definitions.get("$defs", {}),
            "messages": {
                model.TYPE: {
                    "name": model.TYPE,
                    "summary": (model.__doc__ or "").strip().splitlines()[0],
                    "headers": HEADERS,
                    "payload": {"type": "null"} if model.TOMBSTONE else references[payloads[model]],
                }
                for model in models
            },
        },
    }


def _payload(model: type[Event], forms: Forms) -> tuple[type[BaseModel], Mode]:
    return (forms[model], "validation") if model in forms else (model, "serialization")


def _channel(topic: Topic, met: Mapping[type[Event], Topic]) -> dict[str, Any]:
    on_it = [model.TYPE for model, where in met.items() if topic == where]
    key = topic.key or "the sender's choice"
    who = f"Written by {', '.join(topic.written_by)}; read by {', '.join(topic.read_by)}."
    lanes = f" Each agency has a lane of its own, `{topic.lane('AGENCY').name}`." if topic.laned else ""
    return {
        "address": topic.name,
        "description": f"{topic.says} {who} Key: {key}.{lanes}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in on_it},
        "bindings": {"kafka": {"topicConfiguration": {"cleanup.policy": ["compact" if topic.compacted else "delete"]}}},
    }


def _operations(action: str, topics: Sequence[Topic]) -> dict[str, Any]:
    return {
        f"{action}/{name}": {"action": action, "channel": {"$ref": f"#/channels/{name}"}}
        for name in dict.fromkeys(topic.name for topic in topics)
    }
