"""Who can't show who they are does not come in; who can, comes in as nobody else."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from pydantic import ValidationError

from shared.runtime.login import security
from shared.runtime.settings import Misconfigured, Settings
from tests.support.certificates import Authority
from tests.support.guarded import Guarded, word

REQUESTS = "upc.inbound.contact-requests.v1"
BY_CERTIFICATE = {"kafka_security_protocol": "SSL", "kafka_username": None, "kafka_password": None}


@pytest.mark.parametrize(
    "others",
    [
        {"kafka_password": "a guess"},
        {"kafka_username": "nobody"},
        {"kafka_username": "kafka.local", "kafka_password": word("kafka.local")},
        {"kafka_sasl_mechanism": "PLAIN"},
        {"kafka_sasl_mechanism": "SCRAM-SHA-256"},
        {"kafka_security_protocol": "SASL_PLAINTEXT"},
        {"kafka_security_protocol": "PLAINTEXT"},
        {"kafka_security_protocol": "SSL"},
        {"kafka_ca_file": None},
    ],
    ids=str,
)
async def test_nobody_comes_in_without_the_right_password_over_tls_that_is_trusted(
    guarded: Guarded, others: Mapping[str, object]
) -> None:
    with pytest.raises(KafkaConnectionError):
        async with guarded.client("police", **others):
            pass


async def test_the_password_may_be_in_a_file(guarded: Guarded, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{word('police')}\n")
    async with guarded.client("police", kafka_password=None, kafka_password_file=file):
        pass


async def test_a_certificate_says_who_it_is_and_no_more_than_that_may_be_done_with_it(guarded: Guarded) -> None:
    certificate, key = guarded.authority.issue("police")
    shown = {"kafka_cert_file": certificate, "kafka_key_file": key, "kafka_bootstrap_servers": guarded.certified}
    async with AIOKafkaProducer(**guarded.connection("police", **BY_CERTIFICATE, **shown)) as producer:
        await producer.send_and_wait(REQUESTS, b"{}")
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait("upc.contact-requests.v1", b"{}")


async def test_no_certificate_or_one_of_somebody_else_opens_nothing(guarded: Guarded, tmp_path: Path) -> None:
    forged, key = Authority(tmp_path).issue("police")
    there = {**BY_CERTIFICATE, "kafka_bootstrap_servers": guarded.certified}
    for shown in ({}, {"kafka_cert_file": forged, "kafka_key_file": key}):
        with pytest.raises(KafkaConnectionError):
            async with guarded.client("police", **there, **shown):
                pass


ASKED = {"kafka_security_protocol": "SASL_SSL"}


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (ASKED, "SASL_SSL needs KAFKA_USERNAME"),
        (ASKED | {"kafka_username": "intake"}, "KAFKA_PASSWORD or KAFKA_PASSWORD_FILE"),
        (ASKED | {"kafka_username": "intake", "kafka_password_file": "/nowhere"}, "KAFKA_PASSWORD_FILE can't be read"),
        (ASKED | {"kafka_ca_file": "/nowhere"}, "KAFKA_CA_FILE"),
        (ASKED | {"kafka_cert_file": "intake.pem"}, "needed together"),
    ],
)
def test_settings_that_can_open_nothing_are_refused_at_the_start(settings: dict[str, str], fault: str) -> None:
    with pytest.raises(Misconfigured, match=fault):
        security(Settings.model_validate(settings))


def test_a_password_is_shown_nowhere() -> None:
    settings = Settings.model_validate({"kafka_username": "intake", "kafka_password": "a-secret"})
    assert "a-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize("names", ["intake", "police", "WYP", "w.yp", "w", "../x", "-wyp"])
def test_an_agency_has_a_name_that_no_other_has_and_that_fits_a_topics(names: str) -> None:
    with pytest.raises(ValidationError, match="can't be an agency's name"):
        Settings.model_validate({"agencies": names})


def test_agencies_are_named_with_commas_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENCIES", "wyp, met,wyp")
    assert Settings().agencies == ("met", "wyp")
