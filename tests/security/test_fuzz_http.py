"""The HTTP API of each service against its own OpenAPI: nothing breaks it, and every answer is one that is described there."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.events.principals import SERVICES
from tests.fuzz import hostile
from tests.intake import forms
from tests.security.conftest import Platform

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TIMES = 10 if os.environ.get("EXPLORE") else 1
SOME, MANY = (settings(max_examples=TIMES * each, suppress_health_check=list(HealthCheck)) for each in (12, 40))
BODIES = {"/api/v1/contact-requests": forms.request, "/api/v1/breach-reports": forms.breach}


async def described(platform: Platform, service: str) -> Any:
    """What the service says of itself, but of tokens: the asker's goes with every case, so none is wrong for want of one."""
    document = (await platform.http(service).get("/openapi.json")).json()
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
    return schemathesis.openapi.from_dict(document)


def asker(platform: Platform, service: str) -> Callable[..., None]:
    """Calls the service as a case says, and checks the answer."""
    http, session = platform.http(service), requests.Session()

    def ask(case: Any, *checks: Any) -> None:
        headers = platform.headers(service)
        case.call_and_validate(base_url=str(http.base_url), session=session, headers=headers, checks=[*CHECKS, *checks])

    return ask


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # the services, beside it in this process, do
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_described_is_answered_as_described_and_what_is_not_is_refused(
    platform: Platform, service: str, mode: GenerationMode
) -> None:
    ask, checks = asker(platform, service), [negative_data_rejection] if mode is GenerationMode.NEGATIVE else []
    for operation in (await described(platform, service)).get_all_operations():

        @SOME
        @given(case=operation.ok().as_strategy(generation_mode=mode))
        def fuzz(case: Any) -> None:
            ask(case, *checks)

        with suppress(Unsatisfiable):  # what takes any text can't be asked wrongly
            await asyncio.to_thread(fuzz)


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@pytest.mark.parametrize("path", BODIES)
async def test_a_form_with_anything_in_it_is_taken_in_or_refused_with_its_faults(platform: Platform, path: str) -> None:
    ask, operation = asker(platform, "intake"), (await described(platform, "intake"))[path]["POST"]

    @MANY
    @given(body=hostile.spoilt(BODIES[path]()))
    def fuzz(body: Any) -> None:
        ask(operation.Case(body=body, media_type="application/json"))

    await asyncio.to_thread(fuzz)
