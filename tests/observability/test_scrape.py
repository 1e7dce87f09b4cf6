"""A real Prometheus reads a real service, and a fault made on purpose fires the alert that it should, and no other."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.local import KafkaServer, free_port
from deploy.local.kms import local_kms
from deploy.local.process import HOST, ROOT, Child, answers
from deploy.local.services import is_ready
from deploy.observability.__main__ import ON_ONE_HOST
from shared.events.topics import INBOUND_PRISONERS
from shared.runtime import topics
from tests.support.outside import Outside, outside
from tests.support.waiting import PATIENCE


@pytest.fixture
async def routing(tmp_path: Path, mongo_uri: str) -> AsyncIterator[tuple[int, Outside]]:
    """Its port. A process, and a Kafka, of its own: metrics are a process's, and here without what other tests counted."""
    port = free_port()
    with KafkaServer(tmp_path / "kafka", free_port()) as server:
        await topics.apply(server.bootstrap)
        known = {"KAFKA_BOOTSTRAP_SERVERS": server.bootstrap, "MONGODB_URI": mongo_uri, "MONGODB_PREFIX": "scraped"}
        nobody = {"OIDC_ISSUER": f"http://{HOST}:{free_port()}"}  # signs in here
        env = {**os.environ, **local_kms(tmp_path), **known, **nobody, "ROUTING_PORT": str(port)}
        child = Child("routing", [sys.executable, "-m", "services.routing"], tmp_path / "routing.log", env)
        child.start()
        try:
            await asyncio.to_thread(child.wait_until, lambda: is_ready(port), PATIENCE)
            async with outside(server.bootstrap) as party:
                yield port, party
        finally:
            child.stop()


@pytest.fixture
async def prometheus(tmp_path: Path, routing: tuple[int, Outside]) -> AsyncIterator[httpx.AsyncClient]:
    """A Prometheus with our rules that looks once a second."""
    target, port = f"{HOST}:{routing[0]}", free_port()
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    job = {"job_name": "upc", "honor_labels": True, "static_configs": [{"targets": [target]}]}
    config = {"global": every, "rule_files": [str(ON_ONE_HOST / "alerts.yml")], "scrape_configs": [job]}
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    listen = [
        f"--config.file={file}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={HOST}:{port}",
    ]
    child = Child("Prometheus", [ROOT / "build/prometheus/prometheus", *listen], tmp_path / "prometheus.log")
    child.start()
    try:
        await asyncio.to_thread(child.wait_until, lambda: answers(port), PATIENCE)
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}/api/v1", timeout=PATIENCE) as http:
            yield http
    finally:
        child.stop()


async def found(prometheus: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    answer = (await prometheus.get("/query", params={"query": query})).json()
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


async def until(prometheus: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    """What the query finds, once it finds something. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not (result := await found(prometheus, query)):
            await asyncio.sleep(0.1)
        return result


FIRING = 'ALERTS{alertstate="firing",alertname!="QueueNotSeen"}'
"""There is no desk here, and after two minutes that is told, rightly."""


async def test_a_record_that_nobody_can_read_is_alerted_and_nothing_else_is(
    prometheus: httpx.AsyncClient, routing: tuple[int, Outside]
) -> None:
    _, party = routing
    await until(prometheus, 'upc_ready{service="routing",dependency="kafka"} == 1')
    await until(prometheus, 'upc_dead_letters_total{service="routing"} == 0')
    assert await found(prometheus, FIRING) == []
    await party.send(INBOUND_PRISONERS.name, b"{", key="A1234BC")
    (alert,) = await until(prometheus, FIRING)
    about = {name: alert["metric"][name] for name in ("alertname", "service", "severity")}
    assert about == {"alertname": "DeadLetters", "service": "routing", "severity": "page"}
