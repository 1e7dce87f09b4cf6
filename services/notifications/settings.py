"""Where e-mails go: environment variables `SMTP_HOST`, `NOTIFY_API_KEY` and so on."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class SendingSettings(BaseSettings):
    """GOV.UK Notify where `notify_api_key` is set, otherwise SMTP.

    The Notify template holds `((subject))` and `((body))`. `lease_seconds`: after so long without a sign
    an instance that was sending a message counts as dead. `at_once`: messages on their way at the same time.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_from: str = "unwanted-prisoner-contact@localhost"
    notify_api_key: str | None = None
    notify_template_id: str = ""
    notify_base_url: str = "https://api.notifications.service.gov.uk"
    lease_seconds: float = 120.0
    at_once: int = 100
