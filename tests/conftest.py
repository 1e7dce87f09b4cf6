"""The real parts that tests share. Each starts when the first test asks for it, so tests of pure code stay instant."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import settings
from playwright.async_api import Browser
from xdist.scheduler import LoadScopeScheduling

from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import CLIENTS, Client, Identity, KeycloakServer
from deploy.local.process import ROOT
from shared.runtime import kafka as kafka_client
from shared.runtime import topics
from tests.support.browser import browser
from tests.support.outside import Outside, outside
from tests.support.smtp import SmtpPeer

# Of many services in one process most have nothing to do at a time, and asking for news costs the others.
kafka_client.FETCH_WAIT_MS = 100
TEMPORARY = ROOT / "build/tmp"
TEMPORARY.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(TEMPORARY))

LONGEST = ("security", "shared/runtime", "simulation", "intake", "system", "bench", "desk", "notifications")


class ByPackage(LoadScopeScheduling):  # type: ignore[misc]
    """A package in one process, which starts what it needs once."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPackage:
    return ByPackage(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: of three processes none then works on alone at the end."""
    order = {ROOT / "tests" / package: place for place, package in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.parent, len(order)))


settings.register_profile("the same each time", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("explore" if os.environ.get("EXPLORE") else "the same each time")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of a Kafka of the test run's own."""
    with KafkaServer(tmp_path_factory.mktemp("kafka"), free_port()) as server:
        yield server.bootstrap


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URI of a MongoDB replica set of the test run's own."""
    with MongoServer(tmp_path_factory.mktemp("mongo"), free_port()) as server:
        yield server.uri


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeycloakServer]:
    """A Keycloak of the test run's own; beside the realm's clients there are `nobody`, who may nothing, and its `admin`."""
    clients = {**CLIENTS, "nobody": Client(), "admin": Client(manages_realm=True)}
    with KeycloakServer(tmp_path_factory.mktemp("keycloak"), free_port(), clients=clients) as server:
        yield server


@pytest.fixture(scope="session")
def identity(keycloak: KeycloakServer) -> Identity:
    """Who can get access tokens in this test run."""
    return keycloak.identity


@pytest.fixture
def smtp_peer() -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        yield peer


@pytest.fixture(scope="session")
async def party(kafka: str) -> AsyncIterator[Outside]:
    """An outside party on a Kafka that has every topic of the contract."""
    await topics.apply(kafka)
    async with outside(kafka) as connected:
        yield connected


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests; each visitor has a window and cookies of their own."""
    async with browser() as started:
        yield started
