"""Every route says who may call it, and who needs no account may not call too often."""

import asyncio
import os
import subprocess
import sys
from functools import partial
from importlib import import_module

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import ValidationError

from deploy.local.process import ROOT
from shared.domain.access import Action
from shared.events.principals import SERVICES
from shared.runtime.callers import FREE, Allowed, Callers, Rate, by_session, for_anybody, subscriber, undeclared
from shared.runtime.problems import Problem
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from tests.support.running import HandClock, settings_for
from tests.support.waiting import become
from tests.support.world import START

NOWHERE = settings_for("127.0.0.1:1", "mongodb://127.0.0.1:1", oidc_issuer="https://identity.example")


def made(service: str) -> Service:
    made: Service = import_module(f"services.{service}.app").make(NOWHERE, HandClock(START))
    return made


async def test_what_a_service_does_beside_may_fail_in_any_way_and_is_done_again() -> None:
    """Whatever it is made of: blocking's is a partial, and its first fault ended the service."""
    service, often = made("blocking"), list[str]()

    async def step(name: str) -> None:
        often.append(name)
        raise ZeroDivisionError

    task = asyncio.create_task(service._over_and_over(partial(step, "beside")))
    await become(lambda: len(often) > 1 or task.done())
    assert not task.done()
    task.cancel()


@pytest.mark.parametrize("proxies", ["*", "0.0.0.0/0", "::/0", "proxy.example.org", "10.0.0.0/8, *"])
def test_nobody_is_believed_about_who_calls_but_those_named_by_address(proxies: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings.model_validate({"trusted_proxies": proxies})
    assert Settings.model_validate({"trusted_proxies": "10.0.0.0/8, ::1"}).trusted_proxies == "10.0.0.0/8, ::1"


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_what_it_does_or_is_one_of_those_that_need_no_account(service: str) -> None:
    assert [*undeclared(made(service).app)] == []


def test_the_routes_that_need_no_account_are_these_and_one_for_the_public() -> None:
    paths = {route.path for service in SERVICES for route in iter_route_contexts(made(service).app.routes)}
    assert {path for path in paths - FREE if path and path.startswith("/api/")} == {
        "/api/v1/contact-requests",
        "/api/v1/contact-requests/{reference}",
        "/api/v1/breach-reports",
        "/api/v1/prisoners/{number}/contact-check",
        "/api/v1/prisoners/{number}/block-list",
        "/api/v1/prisoners/{number}/social-contacts",
        "/api/v1/cases/{reference}",
        "/api/v1/cases/{reference}/holds",
        "/api/v1/cases/{reference}/holds/{hold_id}",
        "/api/v1/cases/{reference}/erasure",
        "/api/v1/cases/{reference}/story",
        "/api/v1/late",
        "/api/v1/block-lists/differences",
        "/api/v1/block-lists/publications",
        "/api/v1/subject-access/protected-person",
        "/api/v1/subject-access/requester",
        "/api/v1/subject-access/prisoner",
        "/api/v1/audit-anchors",
    }


def test_pages_are_for_anybody_or_for_the_browser_that_began_them_and_beginning_is_counted() -> None:
    intake = made("intake")
    routes = {route.path: getattr(route, "dependant", None) for route in iter_route_contexts(intake.app.routes)}
    called = {path: {inner.call for inner in found.dependencies} for path, found in routes.items() if found}
    for kind in ("request", "report", "status"):
        (begin,) = called[f"/{kind}/begin"]
        assert isinstance(begin, Allowed)
        assert begin.action is Action.BEGIN_FORM
        assert called[f"/{kind}/{{journey_id}}/{{path:path}}"] == {by_session}
        assert called[f"/{kind}/{{journey_id}}/stay"] == {by_session}
    assert {path for path, calls in called.items() if calls == {for_anybody}} == {
        *("/", "/request", "/report", "/status"),
        *("/changed-your-mind", "/accessibility", "/privacy", "/cookies"),
    }


async def _nothing() -> None:
    """A handler that forgot to say who may call it."""


def test_a_route_that_declares_nothing_is_found_wherever_it_is_put() -> None:
    async def read_keys() -> list[object]:
        return []

    callers = Callers(Settings(), read_keys)  # type: ignore[arg-type]
    app, inner = FastAPI(docs_url=None, redoc_url=None), APIRouter()
    guarded = APIRouter(dependencies=[Depends(callers.may(Action.SEE_AUDIT))])
    inner.get("/forgotten")(_nothing)
    guarded.get("/guarded")(_nothing)
    app.include_router(inner, prefix="/deep")
    app.include_router(guarded)
    app.mount("/files", FastAPI())
    app.websocket("/socket")(_nothing)
    assert {*undeclared(app)} == {"/deep/forgotten", "/files", "/socket"}


async def test_a_service_with_such_a_route_does_not_start() -> None:
    service = made("intake")
    service.app.get("/forgotten")(_nothing)
    with pytest.raises(RuntimeError, match="nobody said who may call /forgotten"):
        async with service.app.router.lifespan_context(service.app):
            pass


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("", "{}: OIDC_ISSUER is missing: set it to the OpenID Connect issuer whose access tokens callers bring\n"),
        (
            "http://identity.example",
            "{}: OIDC_ISSUER can't be used: Value error, should begin with https:// (http:// on this machine alone)\n",
        ),
    ],
)
def test_without_an_issuer_that_can_be_believed_no_service_starts(issuer: str, said: str) -> None:
    started = {
        service: subprocess.Popen(
            [sys.executable, "-m", f"services.{service}"],
            cwd=ROOT,
            env=os.environ | {"OIDC_ISSUER": issuer},
            stderr=subprocess.PIPE,
            text=True,
        )
        for service in (SERVICES if issuer == "" else SERVICES[:1])
    }
    for service, process in started.items():
        assert process.communicate(timeout=60)[1] == said.format(service)
        assert process.returncode == 1


@pytest.mark.parametrize("service", ["intake", "blocking"])
async def test_the_pages_that_need_no_account_are_there_without_one(service: str) -> None:
    inside = httpx.ASGITransport(made(service).app)
    async with httpx.AsyncClient(transport=inside, base_url="http://service") as http:
        for path in ("/openapi.json", "/asyncapi", "/metrics"):
            assert (await http.get(path)).status_code == 200
        missing = (await http.get("/readyz")).json()["missing"]
    assert "identity provider" in missing


def refused(rate: Rate, address: str) -> int:
    """Seconds until the next call is let through, 0 where this one is."""
    try:
        rate.count(address)
    except Problem as problem:
        return int((problem.headers or {})["Retry-After"]) if problem.status == 429 else -1
    return 0


def test_who_calls_too_often_is_told_when_to_try_again_and_nobody_else_is_kept_waiting() -> None:
    rate = Rate("3/minute;4/day")
    assert [refused(rate, "192.0.2.1") for _ in range(3)] == [0, 0, 0]
    assert 1 <= refused(rate, "192.0.2.1") <= 60
    assert refused(rate, "192.0.2.2") == 0


def test_what_was_refused_does_not_count_and_the_narrowest_limit_is_kept() -> None:
    rate = Rate("2/day;100/minute")
    assert [bool(refused(rate, "192.0.2.1")) for _ in range(5)] == [False, False, True, True, True]
    assert refused(rate, "192.0.2.1") > 60 * 60 * 23


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("unix socket", "unix socket", True),
    ],
)
def test_who_has_many_addresses_of_one_network_is_one_caller(one: str, other: str, same: bool) -> None:
    assert (subscriber(one) == subscriber(other)) is same
