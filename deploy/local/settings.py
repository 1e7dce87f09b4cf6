"""What `make up` can be told, by environment variables."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.events.principals import AGENCIES
from shared.runtime.settings import Agencies

Port = Annotated[int, Field(ge=1, le=65535)]


class LocalSettings(BaseSettings):
    """Each field is the variable of its name in capitals.

    With `kafka_bootstrap_servers`, `mongodb_uri`, `smtp_host`, `imap_host` or `oidc_issuer` set, that Kafka, MongoDB, mail
    server, mailbox or identity provider is used and none is started. `mail_in_port` is where the mailbox takes mail.
    Logs, mails, `up.env` and `clients.json` go to `build_dir`; what must survive a restart to `data_dir`.
    `agencies` have lanes of their own on Kafka.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    kafka_bootstrap_servers: str | None = None
    kafka_port: Port = 9092
    agencies: Agencies = AGENCIES
    mongodb_uri: str | None = None
    mongodb_port: Port = 27017
    smtp_host: str | None = None
    smtp_port: Port = 1025
    imap_host: str | None = None
    imap_port: Port = 1143
    mail_in_port: Port = 2525
    oidc_issuer: str | None = None
    keycloak_port: Port = 8080
    intake_port: Port = 8001
    routing_port: Port = 8002
    blocking_port: Port = 8003
    transfers_port: Port = 8004
    notifications_port: Port = 8005
    desk_port: Port = 8006
    records_port: Port = 8007
    mailbox_port: Port = 8008
    build_dir: Path = Path("build")
    data_dir: Path = Path("build/data")

    @property
    def service_ports(self) -> dict[str, int]:
        return {
            "intake": self.intake_port,
            "routing": self.routing_port,
            "blocking": self.blocking_port,
            "transfers": self.transfers_port,
            "notifications": self.notifications_port,
            "desk": self.desk_port,
            "records": self.records_port,
            "mailbox": self.mailbox_port,
        }

    @property
    def ports_to_open(self) -> dict[str, int]:
        """Every port this machine has to have free, by the name of its setting."""
        own = {f"{name.upper()}_PORT": port for name, port in self.service_ports.items()}
        if not self.kafka_bootstrap_servers:
            own["KAFKA_PORT"] = self.kafka_port
        if not self.mongodb_uri:
            own["MONGODB_PORT"] = self.mongodb_port
        if not self.smtp_host:
            own["SMTP_PORT"] = self.smtp_port
        if not self.imap_host:
            own |= {"IMAP_PORT": self.imap_port, "MAIL_IN_PORT": self.mail_in_port}
        if not self.oidc_issuer:
            own["KEYCLOAK_PORT"] = self.keycloak_port
        return own
