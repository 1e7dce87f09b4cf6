"""A backup that is not whole is not put back: that is seen before anybody is asked. Kafka and MongoDB are not there here."""

import gzip
import json
from pathlib import Path

import bson
import pytest

from tests.support.running import settings_for
from tests.support.upc import Upc, upc

FILE = "upc_routing/requests.bson.gz"
DOCUMENTS = b"".join(bson.encode({"_id": number, "sealed": b"x" * 100}) for number in range(3))


@pytest.fixture(scope="module")
def robin() -> Upc:
    return upc(settings_for("127.0.0.1:1", ""))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three documents of one service, and what says so."""
    folder = tmp_path / "data"
    (folder / FILE).parent.mkdir(parents=True)
    (folder / FILE).write_bytes(gzip.compress(DOCUMENTS))
    manifest = {"taken_at": "2026-11-23T02:00:00Z", "offsets": {}, "documents": {FILE: 3}}
    (folder / "backup.json").write_text(json.dumps(manifest))
    return folder


def broken_off(data: Path) -> None:
    (data / "backup.json").unlink()


def cut_short(data: Path) -> None:
    (data / FILE).write_bytes((data / FILE).read_bytes()[:-12])


def cut_between(data: Path) -> None:
    (data / FILE).write_bytes(gzip.compress(DOCUMENTS[: len(DOCUMENTS) // 3]))


def cut_within(data: Path) -> None:
    (data / FILE).write_bytes(gzip.compress(DOCUMENTS[:-5]))


def gone(data: Path) -> None:
    (data / FILE).unlink()


@pytest.mark.parametrize("what", [broken_off, cut_short, cut_between, cut_within, gone])
async def test_what_is_not_whole_is_not_put_back(robin: Upc, data: Path, what: object) -> None:
    assert callable(what)
    what(data)
    ran = await robin("restore", str(data), str(data), "--yes", "--reason", "the disk burnt")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "be read" in ran.err or "documents" in ran.err or "no backup" in ran.err


async def test_why_is_asked_and_whether_it_is_meant(robin: Upc, data: Path) -> None:
    assert "say why" in (await robin("restore", str(data), str(data), "--yes")).err
    assert "Say --yes if it is meant" in (await robin("restore", str(data), str(data), "--reason", "it burnt")).err


async def test_without_kafka_it_says_so_in_a_line(robin: Upc, data: Path) -> None:
    ran = await robin("restore", str(data), str(data), "--yes", "--reason", "the disk burnt")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)


async def test_no_backup_is_written_over(robin: Upc, data: Path, tmp_path: Path) -> None:
    ran = await robin("backup", str(data), str(tmp_path / "keys"))
    assert (ran.code, "a backup is there already" in ran.err) == (2, True)
