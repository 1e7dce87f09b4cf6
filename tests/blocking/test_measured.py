"""That the contact check is measured where its objective looks."""

import httpx

from deploy.observability.objectives import OBJECTIVES
from tests.support.metrics import value


async def test_r19_each_contact_check_counts_for_its_objective_by_how_long_it_took(http: httpx.AsyncClient) -> None:
    (objective,) = (each for each in OBJECTIVES if each.name == "contact-check")
    labels = {"service": "blocking", "route": "/api/v1/prisoners/{number}/contact-check"}
    assert all(f'{name}="{label}"' in objective.total for name, label in labels.items())
    before = await value(http, "upc_http_seconds_count", **labels, status="200")
    answer = await http.get("/api/v1/prisoners/A1234BC/contact-check?phone=07700900123")
    assert answer.status_code == 200
    assert await value(http, "upc_http_seconds_count", **labels, status="200") == before + 1
