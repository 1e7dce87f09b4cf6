"""What budgets count is there before it is counted: Prometheus sees no rise in a series that begins with its first."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from services.blocking.app import make as make_blocking
from services.desk.app import make as make_desk
from services.intake.app import make as make_intake
from shared.runtime import metrics
from tests.support.running import settings_for

NOWHERE = settings_for("127.0.0.1:1", "mongodb://127.0.0.1:1", oidc_issuer="http://127.0.0.1:1")
CHECK = "/api/v1/prisoners/{number}/contact-check"


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """As of a process that has just begun."""
    fresh = Counter("fresh", "Fresh.", metrics.REQUESTS._labelnames, registry=CollectorRegistry())
    monkeypatch.setattr(metrics, "REQUESTS", fresh)
    return fresh


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Histogram:
    """As of a process that has just begun."""
    fresh = Histogram("fresh", "Fresh.", metrics.HTTP_SECONDS._labelnames, registry=CollectorRegistry())
    monkeypatch.setattr(metrics, "HTTP_SECONDS", fresh)
    return fresh


def told(metric: Counter | Histogram, ending: str) -> dict[tuple[str, ...], float]:
    """Each series with its value, by its labels."""
    (family,) = metric.collect()
    return {tuple(each.labels.values()): each.value for each in family.samples if each.name.endswith(ending)}


def test_the_first_that_is_late_counts(requests: Counter) -> None:
    make_desk(NOWHERE)
    stages = [(stage, outcome) for stage in ("routed", "implemented", "reviewed") for outcome in ("in_time", "late")]
    assert told(requests, "_total") == dict.fromkeys(stages, 0.0)


def test_the_first_contact_check_that_is_refused_counts(answers: Histogram) -> None:
    make_blocking(NOWHERE)
    assert told(answers, "_count") == {("blocking", CHECK, "500"): 0.0, ("blocking", CHECK, "503"): 0.0}


async def test_the_first_call_of_intake_that_is_refused_counts(answers: Histogram) -> None:
    """By the route that it will be counted under."""
    service = make_intake(NOWHERE)
    before = told(answers, "_count")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://intake") as http:
        for path in ("/privacy", "/request", "/api/v1/contact-requests/UPC-1"):
            await http.get(path)
    routes = {route for _, route, _ in told(answers, "_count")}
    assert routes == {route for _, route, _ in before} >= {"/privacy", "/request", "/api/v1/contact-requests"}
    assert {status for _, _, status in before} == {"500", "503"}
