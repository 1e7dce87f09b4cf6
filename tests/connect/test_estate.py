"""An estate that begins with `connect/estate.py` has every list whenever it is killed, and says so of nothing else (R13, R20)."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from connect import estate
from connect.estate import ACKNOWLEDGEMENTS, LISTS, Lists
from services.blocking.app import make
from shared.events.envelope import Event
from shared.runtime.clock import WallClock
from shared.runtime.settings import Settings
from tests.blocking.given import decision, routed
from tests.connect.kit import Kit, killed, says
from tests.support.outside import Outside, Seen
from tests.support.running import Running, running
from tests.support.waiting import become

# A client of aiokafka's that is closed while it connects may leave that connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PRISONERS, KILLS = [f"C{number}CN" for number in range(1000, 1012)], 2


@pytest.fixture
async def blocking(settings: Callable[[str], Settings]) -> AsyncIterator[Running]:
    async with running(make, settings("blocking")) as service:
        yield service


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lists.db"


async def send(observer: Outside, event: Event) -> None:
    data = event.model_dump(mode="json", exclude_none=True)
    await observer.send(event.TOPIC.name, data, event.key(), event_type=event.TYPE)


async def authorised(observer: Outside, number: str, request: str) -> None:
    """One more request about this prisoner is authorised: the next version of the list has one block more."""
    now = WallClock().now()
    person = {"name": f"Jane {request}", "phones": ["+447700900123"]}
    await send(observer, routed(person, request=request, at=now, prisoner_number=number))
    own = {"decision_id": request, "request_id": request, "prisoner_number": number}
    await send(observer, decision("authorise", now, **own))


def in_file(file: Path) -> dict[str, Any]:
    """The lists that phones go by."""
    rows = sqlite3.connect(file).execute("select prisoner_number, list from lists where list is not null")
    return {number: json.loads(said) for number, said in rows}


def newest(records: list[Seen]) -> dict[str, Any]:
    return {record.key: record.data for record in records}


@pytest.mark.usefixtures("blocking")
async def test_r13_r20_killed_at_any_moment_it_loses_nothing_doubles_nothing_and_says_nothing_that_is_not_so(
    kit: Kit, observer: Outside, file: Path
) -> None:
    for kill in range(KILLS):
        before = len(observer.records(ACKNOWLEDGEMENTS))
        async with kit.started("estate.py", str(file)) as process:
            for number in PRISONERS:
                await authorised(observer, number, f"{number}-{kill}")
            await observer.wait(ACKNOWLEDGEMENTS, count=before + 1)
            await killed(process)
        held = in_file(file)
        said = [record.data for record in await observer.by_now(ACKNOWLEDGEMENTS)]
        assert all(each["version"] <= held[each["prisoner_number"]]["version"] for each in said)
    async with kit.started("estate.py", str(file)):
        await become(lambda: len(implemented(observer)) == len(PRISONERS) * KILLS)
    assert in_file(file) == newest(await observer.by_now(LISTS))
    acknowledged = await observer.by_now(ACKNOWLEDGEMENTS)
    assert len({record.id for record in acknowledged}) <= len(await observer.by_now(LISTS)), (
        "sent twice it is another event"
    )

    file.unlink()
    async with kit.started("estate.py", str(file)) as process:
        await says(process.stdout, "every list is in force")
    assert in_file(file) == newest(await observer.by_now(LISTS))


def implemented(observer: Outside) -> set[str]:
    """The blocks of which blocking knows that they are in force."""
    records = observer.records("upc.blocks.v1", lambda record: record.type == "upc.block.implemented")
    return {record.data["block_id"] for record in records}


@pytest.fixture
def lists(file: Path, monkeypatch: pytest.MonkeyPatch) -> Lists:
    """Of Leeds alone."""
    monkeypatch.setattr(estate, "PRISONS", frozenset(["LEI"]))
    return Lists(str(file))


def record(version: int | str | None, prison: str = "LEI", offset: int = 0, **more: Any) -> ConsumerRecord:
    said = {"prisoner_number": "A1234BC", "prison_id": prison, "version": version, "blocks": []} | more
    value = None if version is None else json.dumps(said).encode()
    return ConsumerRecord(LISTS, 0, offset, 0, 0, b"A1234BC", value, None, 7, len(value or b""), ())


def unsaid(lists: Lists) -> list[int]:
    return [json.loads(said)["version"] for _, said in lists.unsaid()]


def test_what_comes_late_or_twice_changes_nothing(lists: Lists, file: Path) -> None:
    lists.take([record(2), record(1), record(3), record(2)])
    assert in_file(file)["A1234BC"]["version"] == 3
    assert unsaid(lists) == [3]
    lists.said(lists.unsaid())
    lists.take([record(2)])
    assert unsaid(lists) == []


def test_a_list_that_is_published_again_is_acknowledged_again(lists: Lists) -> None:
    lists.take([record(3)])
    lists.said(lists.unsaid())
    lists.take([record(3)])
    assert unsaid(lists) == [3]


def test_r40_it_keeps_what_it_holds_for_another_prison_and_lets_go_what_is_anothers(lists: Lists, file: Path) -> None:
    lists.take([record(1), record(2, "MDI", also_held_by=["LEI"])])
    assert in_file(file)["A1234BC"]["version"] == 2
    assert unsaid(lists) == [], "who enforces it now is for Moorland to say"
    lists.take([record(3, "MDI")])
    assert in_file(file) == {}
    lists.take([record(1)])
    assert in_file(file) == {}, "an old list is old wherever the prisoner is"


def test_a_list_that_is_let_go_is_gone_and_its_version_is_not(lists: Lists, file: Path) -> None:
    lists.take([record(4), record(None)])
    assert in_file(file) == {}
    lists.take([record(3)])
    assert in_file(file) == {}
    lists.take([record(5)])
    assert in_file(file)["A1234BC"]["version"] == 5


def test_half_a_batch_is_none_of_it(lists: Lists, file: Path) -> None:
    def dies() -> Iterator[ConsumerRecord]:
        yield record(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lists.take(dies())
    again = Lists(str(file))
    assert (in_file(file), unsaid(again), again.place(0)) == ({}, [], 0)


def test_what_cant_be_read_leaves_the_list_before_it_in_force_and_is_not_acknowledged(
    lists: Lists, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists.take([record(1)])
    lists.said(lists.unsaid())
    lists.take([record("two", offset=7, name="Jane Example")])
    assert (in_file(file)["A1234BC"]["version"], unsaid(lists), lists.place(0)) == (1, [], 8)
    assert capsys.readouterr().err == f"can't be read, and somebody has to look: {LISTS}/0/7\n"
