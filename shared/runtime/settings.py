"""Settings of every service: environment variables, with what fits `make up` as defaults."""

from datetime import datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.domain.rules import Rules
from shared.events import principals
from shared.runtime.clock import Clock, ScaledClock, WallClock

PORTS = {"intake": 8001, "routing": 8002, "blocking": 8003, "transfers": 8004, "notifications": 8005, "desk": 8006}
PORTS |= {"records": 8007, "mailbox": 8008}


class Misconfigured(Exception):
    """A setting has to be put right before a service can start; the message is one line that says which."""


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def _listed(value: object) -> object:
    return _words(value) if isinstance(value, str) else value


Agencies = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(principals.agencies)]
"""`wyp,met`: names with commas between them."""


class Settings(BaseSettings):
    """`KAFKA_BOOTSTRAP_SERVERS`, `MONGODB_URI` and so on: each field is the variable of its name in capitals.

    `kafka_*` say where Kafka is, and how this process shows it who it is (`shared.runtime.login`). With a `SASL_` protocol a
    name and a password, or the file that holds it, are needed. Over TLS (`SSL` in the protocol) the broker's certificate has to
    be of the authority in `kafka_ca_file`, or else of one that the machine trusts; `kafka_cert_file` and `kafka_key_file` are
    PEM, as Strimzi hands them out. `kafka_replication` is how many copies the topics have that `shared.runtime.topics` makes.
    `agencies` are those with a lane of their own (`shared.events.topics.Topic.lane`).

    `kms_*` say who keeps the key to what is stored (`shared.runtime.kms`): of `kms_credentials`, `kms_master_key` and
    `kms_tls_options` each is JSON, with the fields that MongoDB's client-side field level encryption has for the provider.

    `oidc_*` say whose access tokens are believed, and which of their claims say what. `account_rate` is how often one
    account may call each instance, `public_rate` how often one address may without an account, and `form_rate` how often it
    may begin on the public form: many people's telephones may have one address. `trusted_proxies`, by address or network and
    with commas between them, are believed when they say for whom they call. `rules_file` is JSON for
    `shared.domain.rules.Rules` (R48).
    `clock_*` are for the demo and tests alone: see `ScaledClock`.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_password_file: Path | None = None
    kafka_ca_file: Path | None = None
    kafka_cert_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_replication: int = 1
    agencies: Agencies = principals.AGENCIES
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
    desk_port: int = PORTS["desk"]
    records_port: int = PORTS["records"]
    mailbox_port: int = PORTS["mailbox"]
    oidc_issuer: str | None = None
    oidc_audience: str = "upc"
    oidc_roles_claim: str = "roles"
    oidc_organisation_claim: str = "organisation"
    oidc_prisons_claim: str = "prisons"
    account_rate: str = "500/second"
    public_rate: str = "10/minute;100/day"
    form_rate: str = "60/minute;5000/day"
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

    @field_validator("account_rate", "public_rate", "form_rate")
    @classmethod
    def _rate(cls, rate: str) -> str:
        parse_many(rate)
        return rate

    @field_validator("trusted_proxies")
    @classmethod
    def _named(cls, proxies: str) -> str:
        """Where everybody is believed, a caller is whoever they say, and may call as often as they like."""
        if any(ip_network(proxy).prefixlen == 0 for proxy in _words(proxies)):
            raise ValueError("can't be everybody")
        return proxies

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
