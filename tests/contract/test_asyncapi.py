"""What each service says of itself on AsyncAPI is what it does (CONTRACT.md)."""

from typing import Any

import pytest

from services.intake.handlers import HANDLERS
from shared.events.asked import FORMS
from shared.events.principals import SERVICES
from shared.events.requests import Reply
from shared.events.topics import dead_letters
from shared.runtime import asyncapi

RECEIVED = [model for model in HANDLERS if hasattr(model, "TOPIC")]


def of(service: str) -> dict[str, Any]:
    return asyncapi.document(service, RECEIVED if service == "intake" else [], FORMS if service == "intake" else {})


def test_an_agency_can_read_there_what_a_contact_request_needs() -> None:
    document = of("intake")
    payload = document["components"]["messages"]["upc.inbound.contact-request"]["payload"]["$ref"]
    form = document["components"]["schemas"][payload.rsplit("/", 1)[1]]
    assert {"requester", "consent", "prisoner", "protected_people"} <= set(form["required"])
    report = document["components"]["messages"]["upc.inbound.breach-report"]["payload"]["$ref"]
    assert "what_happened" in document["components"]["schemas"][report.rsplit("/", 1)[1]]["properties"]


@pytest.mark.parametrize(
    ("message", "service"),
    [
        ("upc.contact-request.submitted", "intake"),
        ("upc.contact-request.routed", "routing"),
        ("upc.contact-request.held", "routing"),
        ("upc.contact-request.needs-person", "routing"),
        ("upc.breach-report.submitted", "intake"),
        ("upc.breach-report.routed", "routing"),
    ],
)
def test_where_two_write_a_topic_each_message_is_said_by_one(message: str, service: str) -> None:
    sending = [name for name in SERVICES if message in asyncapi.document(name, [], {})["components"]["messages"]]
    assert sending == [service]


@pytest.mark.parametrize("service", SERVICES)
def test_dead_letters_are_in_the_description(service: str) -> None:
    assert dead_letters(service).name in of(service)["channels"]


def test_the_desk_says_that_it_writes_on_a_lane_of_its_own_and_is_answered_there() -> None:
    document = asyncapi.document("desk", [Reply], FORMS)
    assert {
        "send/upc.inbound.contact-requests.v1.desk",
        "send/upc.inbound.breach-reports.v1.desk",
        "receive/upc.inbound.replies.v1.desk",
    } <= set(document["operations"])
    assert "upc.inbound.contact-requests.v1" not in document["channels"]
    assert "upc.inbound.contact-request" in document["components"]["messages"]
