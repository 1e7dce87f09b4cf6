"""A Kafka that asks everybody who they are, over TLS, with accounts there and at the identity provider as outsiders get them."""

import json
from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local import free_port
from deploy.local.keycloak import Identity
from shared.runtime.settings import Settings
from tests.connect.kit import Kit
from tests.support.guarded import OBSERVER, Guarded, guarded_kafka, word
from tests.support.outside import Outside, outside
from tests.support.running import settings_for


@pytest.fixture(scope="package")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    with guarded_kafka(tmp_path_factory.mktemp("connect")) as kafka:
        await kafka.put_right()
        yield kafka


@pytest.fixture(scope="package")
async def observer(guarded: Guarded) -> AsyncIterator[Outside]:
    """Sees everything, and says what the services that don't run here would."""
    async with outside(**guarded.connection(OBSERVER)) as party:
        yield party


@pytest.fixture(scope="package")
def settings(guarded: Guarded, mongo_uri: str, identity: Identity) -> Callable[[str], Settings]:
    """What a service is told, by its name."""
    own = {"mongodb_prefix": "connect", "oidc_issuer": identity.issuer}
    return lambda name: settings_for(guarded.server.bootstrap, mongo_uri, **own, **guarded.login(name))


@pytest.fixture(scope="package")
def port() -> int:
    """Where intake is, or will be."""
    return free_port()


@pytest.fixture(scope="package")
def kit(guarded: Guarded, identity: Identity, port: int, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    folder = tmp_path_factory.mktemp("kit")
    login = {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512"}
    kafka = {name: {**login, "username": name, "password": word(name)} for name in ("police", "estate")}
    accounts = {"token_endpoint": identity.token_endpoint, "clients": identity.clients, "kafka": kafka}
    (folder / "clients.json").write_text(json.dumps(accounts))
    return Kit(
        {
            "CLIENTS_FILE": str(folder / "clients.json"),
            "INTAKE_URL": f"http://127.0.0.1:{port}",
            "KAFKA_BOOTSTRAP_SERVERS": guarded.server.bootstrap,
            "SSL_CERT_FILE": str(guarded.authority.file),
        },
        folder,
    )
