"""A broker that asks everybody who they are, and lets nobody do what was not said: the settings for it."""

from pathlib import Path

BROKER = "kafka.local"
"""The broker's own principal, who may do everything. No party of the platform can have a name with a dot in it."""
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def guard(password: str) -> dict[str, str]:
    """Clients come by SCRAM; the broker itself, its controller and who administers it by the listeners behind, as `BROKER`.

    `password` is that of `BROKER`: letters, digits, `-` and `_`.
    """
    own = f'{PLAIN} username="{BROKER}" password="{password}" user_{BROKER}="{password}";'
    return {
        "listener.security.protocol.map": "CLIENTS:SASL_PLAINTEXT,DIRECT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.clients.scram-sha-512.sasl.jaas.config": SCRAM,
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        **{
            f"listener.name.{listener}.{setting}": value
            for listener in ("direct", "controller")
            for setting, value in (("sasl.enabled.mechanisms", "PLAIN"), ("plain.sasl.jaas.config", own))
        },
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{BROKER}",
    }


def tls(certificate: Path, authority: Path | None = None) -> dict[str, str]:
    """Clients come over TLS. `certificate` has the broker's key (PKCS 8) and certificate in PEM; where there is an `authority`
    (its certificate in PEM), a client too has to show a certificate of it.
    """
    store = "listener.name.clients.ssl"
    settings = {f"{store}.keystore.type": "PEM", f"{store}.keystore.location": str(certificate)}
    if authority:
        settings |= {f"{store}.truststore.type": "PEM", f"{store}.truststore.location": str(authority)}
        settings |= {f"{store}.client.auth": "required"}
    protocols = "CLIENTS:SASL_SSL,DIRECT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
    return settings | {"listener.security.protocol.map": protocols}
