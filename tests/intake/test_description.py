"""What OpenAPI says is what is answered, word for word as in the contract."""

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from playwright.async_api import Browser
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.local.keycloak import Identity
from shared.events.check import check_breach, check_request
from tests.intake import forms
from tests.intake.test_request import START
from tests.support.browser import visitor

API, BREACHES = "/api/v1/contact-requests", "/api/v1/breach-reports"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def as_police(identity: Identity) -> dict[str, str]:
    return {"Authorization": f"Bearer {identity.token('police')}"}


async def test_examples_of_the_contract_fit_the_description_and_the_answers_too(
    http: httpx.AsyncClient, identity: Identity
) -> None:
    document = (await http.get("/openapi.json")).json()
    described = schemathesis.openapi.from_dict(document)
    for path, body in ((API, forms.request()), (API, forms.least()), (BREACHES, forms.breach()), (API, {}), (API, [])):
        case = described[path]["POST"].Case(body=body, media_type="application/json")
        how: Any = {"base_url": str(http.base_url), "checks": CHECKS, "headers": as_police(identity)}
        await asyncio.to_thread(case.call_and_validate, **how)


async def test_each_body_that_the_description_lists_as_needed_is_needed(http: httpx.AsyncClient) -> None:
    schemas = (await http.get("/openapi.json")).json()["components"]["schemas"]
    for name, check in (("ContactRequestAsked", check_request), ("BreachReportAsked", check_breach)):
        _, faults = check({}, START)
        assert {f"/{field}" for field in schemas[name]["required"]} <= {fault.pointer for fault in faults}


@pytest.mark.parametrize(
    ("path", "shows"),
    [("/asyncapi", "upc.inbound.contact-requests.v1"), ("/openapi", "POST /api/v1/contact-requests")],
)
async def test_topics_and_calls_are_pages_that_anybody_can_read(
    http: httpx.AsyncClient, chromium: Browser, path: str, shows: str
) -> None:
    async with visitor(chromium, str(http.base_url).rstrip("/")) as somebody:
        await somebody.go(path)
        said = await somebody.said()
        assert all(words in said for words in (shows, "ContactRequestAsked", "protected_people"))
        await somebody.is_fine()
