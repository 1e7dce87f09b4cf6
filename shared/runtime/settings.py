"""Settings of every service: environment variables, with what fits `make up` as defaults."""

from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.rules import Rules
from shared.runtime.clock import Clock, ScaledClock, WallClock

PORTS = {"intake": 8001, "routing": 8002, "blocking": 8003, "transfers": 8004, "notifications": 8005, "desk": 8006}


class Settings(BaseSettings):
    """`KAFKA_BOOTSTRAP_SERVERS`, `MONGODB_URI` and so on: each field is the variable of its name in capitals.

    `oidc_*` say whose access tokens are believed, and which of their claims say what. `public_rate` is how often one address
    may call without an account, for each instance; `trusted_proxies` are those whose `X-Forwarded-For` is believed: addresses
    or networks, separated by commas. `clock_*` are for the demo and tests alone: see `ScaledClock`. `rules_file` is JSON for `shared.domain.rules.Rules` (R48).
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    mongodb_uri: str = "mongodb://127.0.0.1:27017/?replicaSet=upc"
    mongodb_prefix: str = "upc"
    http_host: str = "127.0.0.1"
    intake_port: int = PORTS["intake"]
    routing_port: int = PORTS["routing"]
    blocking_port: int = PORTS["blocking"]
    transfers_port: int = PORTS["transfers"]
    notifications_port: int = PORTS["notifications"]
    desk_port: int = PORTS["desk"]
    oidc_issuer: str | None = None
    oidc_audience: str = "upc"
    oidc_roles_claim: str = "roles"
    oidc_organisation_claim: str = "organisation"
    oidc_prisons_claim: str = "prisons"
    public_rate: str = "10/minute;100/day"
    trusted_proxies: str = ""
    batch_records: int = 4000
    tick_seconds: float = 0.2
    log_level: str = "INFO"
    rules_file: Path | None = None
    clock_start: datetime | None = None
    clock_epoch: float | None = None
    clock_speed: float = 1.0

    @field_validator("oidc_issuer")
    @classmethod
    def _safe(cls, issuer: str | None) -> str | None:
        if issuer and not is_safe_address(issuer):
            raise ValueError("should begin with https:// (http:// on this machine alone)")
        return issuer

    @field_validator("public_rate")
    @classmethod
    def _rate(cls, rate: str) -> str:
        parse_many(rate)
        return rate

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


def is_safe_address(url: str) -> bool:
    """Whether what is read there can't be changed on its way: https, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
