"""Who keeps the key to what is stored: the real MongoDB with its field level encryption, and a KMS in a file."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from deploy.local import free_port
from deploy.local.kms import local_kms
from deploy.local.process import ROOT
from shared.runtime.kms import KeyRefused, Kms
from shared.runtime.mongo import Mongo, Unavailable
from shared.runtime.settings import Misconfigured, Settings
from tests.shared.runtime.toy import make
from tests.support.running import settings_for
from tests.support.waiting import PATIENCE

names = (f"kms{n}" for n in itertools.count())


@pytest.fixture
async def mongo(mongo_uri: str) -> AsyncIterator[Mongo]:
    """A database of its own."""
    database = Mongo(mongo_uri, next(names))
    yield database
    database.close()


def kms(folder: Path) -> Kms:
    return Kms(settings(**local_kms(folder)))


def settings(**given: Any) -> Settings:
    return Settings.model_validate({name.lower(): value for name, value in given.items()})


async def test_the_master_key_is_the_same_for_all_who_start_at_once_and_ever_after(
    mongo: Mongo, mongo_uri: str, tmp_path: Path
) -> None:
    several = [Mongo(mongo_uri, mongo.name) for _ in range(8)]
    keys = await asyncio.gather(*(each.run(kms(tmp_path).master_key) for each in several))
    assert len(keys[0]) == 32
    assert {*keys} == {await mongo.run(kms(tmp_path).master_key)}
    for each in several:
        each.close()


async def test_each_service_has_a_master_key_of_its_own(mongo: Mongo, mongo_uri: str, tmp_path: Path) -> None:
    other = Mongo(mongo_uri, next(names))
    assert await mongo.run(kms(tmp_path).master_key) != await other.run(kms(tmp_path).master_key)
    other.close()


async def test_another_key_of_the_kms_is_refused_in_words(mongo: Mongo, tmp_path: Path) -> None:
    key = await mongo.run(kms(tmp_path / "one").master_key)
    with pytest.raises(KeyRefused, match=r"the KMS \(local\) does not open the master key: .*HMAC"):
        await mongo.run(kms(tmp_path / "other").master_key)
    assert await mongo.run(kms(tmp_path / "one").master_key) == key


async def test_mongodb_or_a_kms_that_cannot_be_reached_is_waited_for(mongo: Mongo, tmp_path: Path) -> None:
    nowhere = Mongo(f"mongodb://127.0.0.1:{free_port()}/?replicaSet=upc", "kms")
    with pytest.raises(Unavailable):
        await nowhere.run(kms(tmp_path).master_key)
    nowhere.close()
    away = settings(kms_provider="kmip", kms_credentials={"endpoint": f"127.0.0.1:{free_port()}"})
    with pytest.raises(Unavailable):
        await mongo.run(Kms(away).master_key)


@pytest.mark.parametrize("provider", ["", "none", "LOCAL"])
def test_without_a_kms_no_service_is_made(provider: str) -> None:
    with pytest.raises(Misconfigured, match="KMS_PROVIDER has to be one of local, aws, azure, gcp, kmip"):
        make(settings(kms_provider=provider))


@pytest.mark.parametrize(
    ("content", "mode"), [(bytes(95), 0o600), (bytes(97), 0o600), (b"", 0o600), (bytes(96), 0o640)]
)
def test_a_key_file_that_is_no_key_or_that_others_may_read_is_refused(
    content: bytes, mode: int, tmp_path: Path
) -> None:
    file = tmp_path / "kms.key"
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(Misconfigured, match="96 bytes that its owner alone may read"):
        Kms(settings(kms_provider="local", kms_key_file=file))


def test_a_key_file_that_is_not_named_or_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="KMS_KEY_FILE has to name"):
        Kms(settings(kms_provider="local"))
    with pytest.raises(Misconfigured, match=r"can't be read: .*No such file"):
        Kms(settings(kms_provider="local", kms_key_file=tmp_path / "none"))


def test_a_service_without_a_kms_ends_with_one_line() -> None:
    command = [sys.executable, "-m", "services.intake"]
    ended = subprocess.run(command, cwd=ROOT, env={"INTAKE_PORT": str(free_port())}, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == (
        "intake: KMS_PROVIDER has to be one of local, aws, azure, gcp, kmip: nothing is stored unencrypted\n"
    )


def test_credentials_are_not_shown(tmp_path: Path) -> None:
    assert "secret" not in repr(settings(kms_provider="aws", kms_credentials={"secretAccessKey": "secret"}))


def test_the_local_key_is_its_owners_alone_and_stays_the_same(tmp_path: Path) -> None:
    (file,) = {local_kms(tmp_path)["KMS_KEY_FILE"] for _ in range(2)}
    assert Path(file).stat().st_mode & 0o777 == 0o600
    assert len(Path(file).read_bytes()) == 96
    assert [each.name for each in tmp_path.iterdir()] == ["kms.key"]


async def test_a_service_that_the_kms_refuses_says_so_and_is_not_alive(
    kafka: str, mongo_uri: str, tmp_path: Path
) -> None:
    refused = make(settings_for(kafka, mongo_uri, mongodb_prefix=next(names)))
    await refused.platform.database.run(kms(tmp_path).master_key)  # made under another key than that of the settings
    with structlog.testing.capture_logs() as logs:
        async with refused.app.router.lifespan_context(refused.app):
            (line,) = await said(logs, "stopped working")
            transport = httpx.ASGITransport(refused.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
                assert (await http.get("/livez")).status_code == 503
                assert "keys" in (await http.get("/readyz")).json()["missing"]
    assert line["error"] == "KeyRefused"
    assert "the KMS (local) does not open the master key" in line["reason"]


async def said(logs: list[Any], event: str) -> list[Any]:
    async with asyncio.timeout(PATIENCE):
        while not (found := [line for line in logs if line["event"] == event]):
            await asyncio.sleep(0.02)
    return found
