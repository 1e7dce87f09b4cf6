"""Settings of the desk alone: how it is known to the identity provider."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.settings import PORTS


class DeskSettings(BaseSettings):
    """`DESK_URL` is where people reach the desk, as the provider knows it; `DESK_CLIENT_SECRET` is the desk's own there.

    Without a secret the provider has to know the desk as a public client, and one instance signs people in alone.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    desk_url: str | None = None
    desk_port: int = PORTS["desk"]
    desk_client_id: str = "desk"
    desk_client_secret: str = ""

    @property
    def url(self) -> str:
        return (self.desk_url or f"http://127.0.0.1:{self.desk_port}").rstrip("/")
