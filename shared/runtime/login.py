"""How a process shows Kafka who it is: by a password, over TLS, or by a client's certificate."""

import ssl
from pathlib import Path
from typing import Any

from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.runtime.settings import Misconfigured, Settings

MECHANISMS = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def security(settings: Settings) -> BaseSecurity | None:
    """As FastStream takes it; None where nobody is asked. Raises Misconfigured."""
    protocol = settings.kafka_security_protocol
    over_tls = _tls(settings) if protocol.endswith("SSL") else None
    if protocol.startswith("SASL"):
        login = MECHANISMS[settings.kafka_sasl_mechanism]
        return login(*_name_and_password(settings), over_tls, use_ssl=over_tls is not None)
    return BaseSecurity(over_tls) if over_tls else None


def connection(bootstrap: str, security: BaseSecurity | None) -> dict[str, Any]:
    """What each client of aiokafka's takes to connect."""
    return {"bootstrap_servers": bootstrap, **parse_security(security)}


def _name_and_password(settings: Settings) -> tuple[str, str]:
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else ""
    if settings.kafka_password_file:
        password = _read("KAFKA_PASSWORD_FILE", settings.kafka_password_file)
    if not (settings.kafka_username and password):
        raise Misconfigured(
            f"{settings.kafka_security_protocol} needs KAFKA_USERNAME, and KAFKA_PASSWORD or KAFKA_PASSWORD_FILE"
        )
    return settings.kafka_username, password


def _read(setting: str, file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise Misconfigured(f"{setting} can't be read: {error}") from error


def _tls(settings: Settings) -> ssl.SSLContext:
    certificate, key = settings.kafka_cert_file, settings.kafka_key_file
    if bool(certificate) != bool(key):
        raise Misconfigured("KAFKA_CERT_FILE and KAFKA_KEY_FILE are needed together")
    try:
        context = ssl.create_default_context(cafile=settings.kafka_ca_file)
        if certificate:
            context.load_cert_chain(certificate, key)
    except OSError as error:  # an SSLError is one
        raise Misconfigured(f"KAFKA_CA_FILE, KAFKA_CERT_FILE or KAFKA_KEY_FILE can't be used: {error}") from error
    return context
