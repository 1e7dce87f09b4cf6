"""What somebody with bad intentions, or a broken program, sends: strategies for Hypothesis."""

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from shared.events import topics
from tests.contract import test_words as contract
from tests.intake import forms

PARTS = (
    *(
        "a",
        "0",
        "9",
        " ",
        "-",
        "+",
        "(",
        ")",
        "@",
        ".",
        ",",
        "/",
        "\\",
        '"',
        "'",
        "<",
        ">",
        "{",
        "}",
        "$",
        "%",
        "=",
        ";",
        ":",
    ),
    *(
        "\x00",
        "\x1b",
        "\x7f",
        "\r\n",
        "\u2028",
        "\u202e",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u0301",
        "\u0660",
        "\ufdfa",
        "ß",
        "ı",
    ),
    *(
        "ǅ",
        "가",
        "𝒥",
        "😀",
        "\ud800",
        "\udfff",
        "\U000e0041",
        "ext",
        "flat ",
        "LS1 1AA",
        "https://",
        "UPC-",
        "{{7*7}}",
        "$ne",
    ),
)
LENGTHS = (1, 2, 11, 50, 200, 201, 1000, 10_001)
NUMBERS = (0, -1, 2**31, 2**63, 10**30, -(10**300), 1e308, 5e-324, 0.1)
TIMES = (
    *(
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1899-12-31T23:59:59Z",
        "2100-12-31T23:59:59-23:59",
        "2026-11-23",
    ),
    *(
        "2026-02-30T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:00:00+99:99",
        "20261123T090000Z",
        "2026-W48-1T09:00",
    ),
    *("2026-03-29T01:30:00", "2026-10-25T01:30:00", "2026-11-23T09:00:00.123456789Z", "1", "-1", "1e9", "now"),
)
text = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
    st.builds(lambda part, length: part * length, st.sampled_from(PARTS), st.sampled_from(LENGTHS)),
    st.sampled_from(TIMES),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(NUMBERS), text)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=6
)
EXAMPLES: dict[str, Sequence[dict[str, Any]]] = {
    topics.INBOUND_CONTACT_REQUESTS.name: [forms.request(), forms.least()],
    topics.INBOUND_BREACH_REPORTS.name: [forms.breach()],
    topics.INBOUND_ROUTING_DECISIONS.name: [
        {"decision_id": "d", "request_id": "r", "prisoner_number": "A1234BC", "reason": "She knows him"}
        | {"decided_by": "Alex", "decided_at": "2026-11-23T09:00:00Z"}
    ],
    topics.INBOUND_MAIL_DECISIONS.name: [
        {"decision_id": "d", "mail_id": "m", "outcome": "request", "form_id": "f", "reason": None}
        | {"decided_by": "Olu", "decided_at": "2026-11-23T09:00:00Z"}
    ],
    topics.OPERATIONS.name: [
        {
            "did": "replayed",
            "subject": "blocking/3/14",
            "by": "Robin",
            "reason": "Too early",
            "at": "2026-11-23T09:00:00Z",
        }
    ],
}
for _model, _written in contract.INBOUND:
    EXAMPLES[_model.TOPIC.name] = [*EXAMPLES.get(_model.TOPIC.name, ()), json.loads(_written)]

_KNOWN = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type", "traceparent")
headers = st.lists(
    st.tuples(st.sampled_from(_KNOWN) | st.text(max_size=5), st.none() | st.binary(max_size=60)), max_size=9
).map(tuple)


@st.composite
def spoilt(draw: st.DrawFn, example: dict[str, Any]) -> dict[str, Any]:
    """`example` with up to three places changed, emptied or taken out, so that the rest is still understood."""
    body = copy.deepcopy(example)
    for _ in range(draw(st.integers(1, 3))):
        parent, key = draw(st.sampled_from(list(_places(body))))
        if draw(st.integers(0, 4)) == 0 and isinstance(parent, dict):
            del parent[key]
        else:
            parent[key] = draw(anything)
        if not body:
            break
    return body


def written(body: Any) -> bytes:
    """As JSON, with escapes for what UTF-8 cannot hold."""
    return json.dumps(body).encode()


def _places(inside: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in `inside` that something can be put into."""
    keys = list(inside) if isinstance(inside, dict) else range(len(inside)) if isinstance(inside, list) else ()
    for key in keys:
        yield inside, key
        yield from _places(inside[key])
