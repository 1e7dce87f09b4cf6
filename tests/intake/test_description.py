"""What OpenAPI says is what is answered, word for word as in the contract."""

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.local.keycloak import Identity
from services.intake.domain.check import check_breach, check_request
from tests.intake import forms
from tests.intake.test_request import START

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


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # the service, beside it in this process, does
@pytest.mark.parametrize(("method", "path"), [("POST", API), ("POST", BREACHES), ("GET", f"{API}/{{reference}}")])
async def test_every_answer_is_one_that_openapi_describes(
    http: httpx.AsyncClient, identity: Identity, method: str, path: str
) -> None:
    document = (await http.get("/openapi.json")).json()
    operation = schemathesis.openapi.from_dict(document)[path][method]

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(base_url=str(http.base_url), checks=CHECKS, headers=as_police(identity))

    await asyncio.to_thread(ask)


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
