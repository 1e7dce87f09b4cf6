"""Settings of `upc`: those of the services, and who is at the keyboard."""

from collections.abc import Mapping
from getpass import getuser

from pydantic import Field, SecretStr, ValidationError

from shared.events.principals import SERVICES
from shared.runtime.settings import Settings


class Trouble(Exception):
    """It can't be done; the message is one line that says why, and carries nothing personal."""


class ToolSettings(Settings):
    """`UPC_CLIENT_ID` and `UPC_CLIENT_SECRET` are how the identity provider knows whoever is at the keyboard: their roles decide
    what they see. `UPC_WHO` is their name in what is recorded. `UPC_URLS` (JSON) says where services answer HTTP, by name, where
    that is not `HTTP_HOST` and their port. `KAFKA_*` are a login that may do what is asked: `sre` to look, an administrator's to
    change something (docs/operating.md).
    """

    upc_client_id: str = ""
    upc_client_secret: SecretStr = SecretStr("")
    upc_who: str = Field(default_factory=getuser, min_length=1, max_length=100)
    upc_urls: Mapping[str, str] = {}

    def url(self, service: str) -> str:
        return self.upc_urls.get(service, f"http://{self.http_host}:{self.port(service)}").rstrip("/")

    @property
    def urls(self) -> dict[str, str]:
        return {service: self.url(service) for service in SERVICES}


def tool_settings() -> ToolSettings:
    """From the environment. Raises Trouble."""
    try:
        return ToolSettings()
    except ValidationError as invalid:
        first = invalid.errors()[0]
        raise Trouble(f"{str(first['loc'][0]).upper()} can't be used: {first['msg']}") from None
