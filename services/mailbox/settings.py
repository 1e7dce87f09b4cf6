"""Which mailbox is read: environment variables `IMAP_HOST`, `IMAP_USER` and so on."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.mailbox.domain.reading import Rules
from services.mailbox.domain.trust import Trust
from shared.events.principals import agencies


def _lower(value: object) -> object:
    return {str(key).lower(): name for key, name in value.items()} if isinstance(value, dict) else value


def _named(value: dict[str, str]) -> dict[str, str]:
    agencies(value.values())
    return value


class MailboxSettings(BaseSettings):
    """No mailbox is read where there is no `imap_host`. `imap_password_file` goes before `imap_password`.

    `mail_agencies` is JSON, an agency by its e-mail address or domain: `{"wyp.police.example": "police-wyp"}`. It counts where
    the receiving server, by the name `mail_authserv_id`, says in its `Authentication-Results` that the mail is from there; that
    server has to take away any such header that comes in with its own name (RFC 8601). `mail_spam_header` is what it marks spam
    with. A mail is read up to `mail_most_bytes`, and goes from the mailbox `mail_kept_days` after it came.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    imap_host: str | None = None
    imap_port: int = 993
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_password_file: Path | None = None
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    imap_inbox: str = "INBOX"
    imap_look_seconds: float = Field(5.0, gt=0)
    imap_timeout_seconds: float = Field(30.0, gt=0)
    mail_most_bytes: int = Field(15_000_000, ge=1000)
    mail_authserv_id: str = ""
    mail_agencies: Annotated[dict[str, str], BeforeValidator(_lower), AfterValidator(_named)] = {}
    mail_spam_header: str = "X-Spam-Flag"
    mail_kept_days: int = Field(90, ge=1)

    @model_validator(mode="after")
    def _in_secret(self) -> Self:
        if self.imap_security == "none" and self.imap_host and not _is_here(self.imap_host):
            raise ValueError(
                "what is written to us goes in clear over no network: set IMAP_SECURITY to tls or starttls"
            )
        return self

    @property
    def password(self) -> str:
        file = self.imap_password_file
        return file.read_text().strip() if file else self.imap_password.get_secret_value()

    @property
    def rules(self) -> Rules:
        trust = Trust(server=self.mail_authserv_id, agencies=self.mail_agencies)
        return Rules(trust=trust, spam_header=self.mail_spam_header.lower())


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
