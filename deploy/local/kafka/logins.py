"""How everybody comes to the Kafka of one machine: each service and each party outside with a password of its own."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from deploy.local import private
from deploy.local.kafka.guard import BROKER, guard
from deploy.local.kafka.users import admit
from shared.events.principals import OUTSIDE, Principal
from shared.runtime import acls
from shared.runtime.login import connection, security
from shared.runtime.settings import Settings

PROTOCOL, MECHANISM = "SASL_PLAINTEXT", "SCRAM-SHA-512"
"""No TLS: nothing of it leaves the machine."""


class Logins:
    """The passwords are in `file`, made the first time, and stay. Onlookers may read everything and write nothing."""

    def __init__(self, file: Path, agencies: Sequence[str], onlookers: Sequence[str] = ()) -> None:
        self._outside, self._onlookers = [*sorted(OUTSIDE), *agencies, *onlookers], onlookers
        self._passwords = private.passwords(file, [BROKER, *Principal, *agencies, *onlookers])

    @property
    def settings(self) -> dict[str, str]:
        """What makes a broker ask for them."""
        return guard(self._passwords[BROKER])

    def of_service(self, name: str) -> dict[str, str]:
        """The environment in which a service comes in, and no other."""
        return _environment(MECHANISM, name, self._passwords[name])

    def of_administrator(self, direct: str) -> dict[str, str]:
        """The environment of who makes the topics, at the broker's `direct` address."""
        own = _environment("PLAIN", BROKER, self._passwords[BROKER])
        return own | {"KAFKA_BOOTSTRAP_SERVERS": direct}

    @property
    def outside(self) -> dict[str, dict[str, str]]:
        """As the parties outside get them (CONTRACT.md)."""
        shared = {"security_protocol": PROTOCOL, "sasl_mechanism": MECHANISM}
        return {
            name.replace("-", "_"): shared | {"username": name, "password": self._passwords[name]}
            for name in self._outside
        }

    async def admit(self, direct: str) -> None:
        """Has the broker know everybody: it may have been made before one of them was, or before it asked anybody."""
        async with self._administering(direct) as admin:
            await admit(admin, {name: word for name, word in self._passwords.items() if name != BROKER})
            await acls.add(admin, [line for name in self._onlookers for line in acls.looking_on(name)])

    @asynccontextmanager
    async def _administering(self, direct: str) -> AsyncIterator[AIOKafkaAdminClient]:
        own = Settings.model_validate({name.lower(): value for name, value in self.of_administrator(direct).items()})
        logging.getLogger("aiokafka.conn").setLevel(
            logging.ERROR
        )  # it warns of a password in clear: on this machine alone
        admin = AIOKafkaAdminClient(**connection(direct, security(own)))
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


def _environment(mechanism: str, name: str, password: str) -> dict[str, str]:
    return {
        "KAFKA_SECURITY_PROTOCOL": PROTOCOL,
        "KAFKA_SASL_MECHANISM": mechanism,
        "KAFKA_USERNAME": name,
        "KAFKA_PASSWORD": password,
    }
