"""Readers of Kafka: whatever is written to a topic is understood or set aside."""

import re
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events import topics
from shared.events.envelope import Record
from shared.events.principals import SERVICES
from shared.runtime.core import Core
from tests.fuzz import hostile
from tests.support.running import settings_for

READERS = [
    (topic.name, service) for topic in topics.ALL if topic.inbound for service in SERVICES if service in topic.read_by
]
REASON = r"[a-zA-Z0-9 ,;:_/'-]{1,300}"
"""Words of ours: fields by their names, faults by their kind."""


@pytest.fixture(scope="module")
def core(request: pytest.FixtureRequest) -> Core:
    """A service's core, which has neither Kafka nor MongoDB to go to."""
    nowhere = settings_for("127.0.0.1:9", "mongodb://127.0.0.1:9", oidc_issuer="https://id.example")
    core: Core = import_module(f"services.{request.param}.app").make(nowhere).core
    return core


@pytest.mark.parametrize(("topic", "core"), READERS, indirect=["core"])
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_reader_understands_a_record_or_sets_it_aside_without_repeating_it(
    core: Core, topic: str, data: st.DataObject
) -> None:
    value, key = data.draw(values(topic)), data.draw(st.none() | st.binary(max_size=20))
    headers = data.draw(hostile.headers)
    for letter in core.read([Record(topic, key, value, headers)]).letters:
        assert (letter.key, letter.value, letter.headers[: len(headers)]) == (key, value, headers)
        assert re.fullmatch(REASON, (letter.headers[-2][1] or b"").decode())


def values(topic: str) -> st.SearchStrategy[bytes | None]:
    """What may stand on `topic`."""
    good = st.sampled_from(hostile.EXAMPLES[topic])
    bad = good.flatmap(hostile.spoilt).map(hostile.written)
    return st.one_of(
        bad, bad, good.map(hostile.written), st.none(), st.binary(max_size=40), hostile.anything.map(hostile.written)
    )
