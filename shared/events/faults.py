"""What is wrong with a submission, in plain English: every fault at once, and never the value itself (R3, R42)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.events.requests import Fault

MOST_FAULTS = 1000
"""So many are told at once; nobody reads more, and the answer has to fit Kafka's records."""
_PLAIN = {
    "missing": "is needed",
    "string_too_short": "is needed",
    "too_short": "needs at least one",
    "string_type": "should be text",
    "string_too_long": "is too long",
    "tuple_type": "should be a list",
    "model_type": "should be an object",
    "model_attributes_type": "should be an object",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "date_type": "should be a date: YYYY-MM-DD",
    "date_parsing": "should be a date: YYYY-MM-DD",
    "date_from_datetime_parsing": "should be a date: YYYY-MM-DD",
    "datetime_from_date_parsing": "should be a date and time",
    "datetime_parsing": "should be a date and time",
    "datetime_type": "should be a date and time",
    "time_parsing": "should be a time: HH:MM",
    "time_type": "should be a time: HH:MM",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
}


def faults_of(error: ValidationError) -> list[Fault]:
    """Each fault that the model found, as JSON pointer and words."""
    return [Fault(pointer=pointer(fault["loc"]), fault=_words(fault)) for fault in error.errors(include_url=False)]


def pointer(location: Iterable[Any]) -> str:
    """`("requester", "name")` as `/requester/name` (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def each_once(faults: Iterable[Fault]) -> Sequence[Fault]:
    """One fault for each place, the first that was found, in the order of the places; at most `MOST_FAULTS`."""
    by_place: dict[str, Fault] = {}
    for fault in faults:
        by_place.setdefault(fault.pointer, fault)
    return tuple(sorted(by_place.values(), key=lambda fault: fault.pointer)[:MOST_FAULTS])


def _words(fault: ErrorDetails) -> str:
    context: Mapping[str, Any] = fault.get("ctx") or {}
    if fault["type"] in ("enum", "literal_error"):
        return f"should be one of {context['expected']}"
    of_text = context.get("field_type") == "Value"  # pydantic counts the characters of a text as entries
    if fault["type"] == "too_long" and not of_text:
        return f"has too many entries: at most {context['max_length']}"
    if fault["type"] == "string_pattern_mismatch":
        return f"should look like {context['pattern']}"
    if fault["type"] == "value_error":
        return str(context["error"])
    return _PLAIN.get(f"string_{fault['type']}" if of_text else fault["type"], "is not as it should be")
