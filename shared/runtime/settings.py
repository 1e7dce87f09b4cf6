"""Settings of every service: environment variables, with what fits `make up` as defaults."""

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.rules import Rules
from shared.runtime.clock import Clock, ScaledClock, WallClock

PORTS = {"intake": 8001, "routing": 8002, "blocking": 8003, "transfers": 8004, "notifications": 8005, "records": 8007}


class Misconfigured(Exception):
    """A setting has to be put right before a service can start; the message is one line that says which."""


class Settings(BaseSettings):
    """`KAFKA_BOOTSTRAP_SERVERS`, `MONGODB_URI` and so on: each field is the variable of its name in capitals.

    `kms_*` say who keeps the key to what is stored (`shared.runtime.kms`): of `kms_credentials`, `kms_master_key` and
    `kms_tls_options` each is JSON, with the fields that MongoDB's client-side field level encryption has for the provider.
    `clock_*` are for the demo and tests alone: see `ScaledClock`. `rules_file` is JSON for `shared.domain.rules.Rules` (R48).
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    mongodb_uri: str = "mongodb://127.0.0.1:27017/?replicaSet=upc"
    mongodb_prefix: str = "upc"
    kms_provider: str = ""
    kms_key_file: Path | None = None
    kms_credentials: dict[str, Any] = Field({}, repr=False)
    kms_master_key: dict[str, Any] = {}
    kms_tls_options: dict[str, Any] = {}
    http_host: str = "127.0.0.1"
    intake_port: int = PORTS["intake"]
    routing_port: int = PORTS["routing"]
    blocking_port: int = PORTS["blocking"]
    transfers_port: int = PORTS["transfers"]
    notifications_port: int = PORTS["notifications"]
    records_port: int = PORTS["records"]
    batch_records: int = 4000
    tick_seconds: float = 0.2
    log_level: str = "INFO"
    rules_file: Path | None = None
    clock_start: datetime | None = None
    clock_epoch: float | None = None
    clock_speed: float = 1.0

    def port(self, service: str) -> int:
        """Where `service` answers HTTP."""
        return int(getattr(self, f"{service}_port"))

    def rules(self) -> Rules:
        """The dated rules of the domain (R48)."""
        return Rules.model_validate_json(self.rules_file.read_bytes()) if self.rules_file else Rules()

    def clock(self) -> Clock:
        """The machine's clock, or the demo's."""
        if self.clock_start and self.clock_epoch:
            return ScaledClock(self.clock_start, self.clock_epoch, self.clock_speed)
        return WallClock()
