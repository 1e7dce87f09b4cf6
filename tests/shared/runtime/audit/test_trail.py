"""A process's own chain on a real MongoDB: what nobody heard the end of, what there is too much of, and what is old."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pydantic_core import to_json

from shared.domain.rules import Rules
from shared.events.anchors import AuditAnchored
from shared.events.envelope import Cause, Record, inbox_key
from shared.runtime.audit import trail as trails
from shared.runtime.audit.anchoring import Anchor, Anchoring, first_heard
from shared.runtime.audit.deeds import Deed, event, read, subject, written
from shared.runtime.audit.pages import AUDIT, page_id
from shared.runtime.audit.reading import unaudited
from shared.runtime.audit.trail import Trail
from shared.runtime.audit.verifying import faults
from shared.runtime.mongo import Document, Mongo
from shared.runtime.vault import Vault
from tests.support.running import HandClock

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
VAULT = Vault(bytes(32), os.urandom)
names = (f"trail{number}" for number in count())


@pytest.fixture
async def database(mongo_uri: str) -> AsyncIterator[Mongo]:
    database = Mongo(mongo_uri, next(names))
    await database.run(lambda db: db[AUDIT].create_index("entry"))
    yield database
    database.close()


def deed(what: str, at: datetime = START) -> Deed:
    return Deed(at, what, "a test", "urn:test", inbox_key(Cause("urn:test", what, at)), "", "done", ())


async def kept(database: Mongo) -> list[Document]:
    return list(await database.run(lambda db: list(db[AUDIT].find().sort("_id"))))


async def write(trail: Trail, database: Mongo, *deeds: Deed, entry: str = "entry") -> None:
    await trail.be_sure()
    pages = [page.document() for page in trail.turn(deeds, entry, VAULT)]
    await database.run(lambda db: db[AUDIT].insert_many(pages))


def told(pages: list[Document]) -> list[str]:
    return [deed["what"] for page in pages for deed in read(page["deeds"])]


async def test_a_page_whose_writing_nobody_heard_the_end_of_is_there_or_its_looks_are_written_again(
    database: Mongo,
) -> None:
    trail = Trail("one", database)
    trail.note(deed("looked"))
    await write(trail, database, deed("written"))  # and nobody says that it was
    trail.note(deed("looked again"))
    trail.turn([deed("never written")], "entry", VAULT)  # and it was not
    await write(trail, database, deed("after"))
    pages = await kept(database)
    assert told(pages) == ["looked", "written", "after"]
    assert [page["_id"] for page in pages] == ["one/000000000000", "one/000000000001"]


async def test_looks_wait_while_the_database_is_away_and_of_too_many_their_number_is_kept(
    database: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trails, "MOST_LOOKS", 2)
    trail = Trail("one", database)
    trail.note(*(deed(f"look {number}") for number in range(5)))
    await write(trail, database)
    trail.wrote()
    pages = await kept(database)
    assert told(pages) == ["look 0", "look 1", "upc.audit.lost"]
    assert [deed["came_of_it"] for deed in read(pages[0]["deeds"])][-1] == "3 looks lost"


async def test_r48_pages_whose_time_is_over_are_let_go_and_the_anchor_says_up_to_where(database: Mongo) -> None:
    said, clock, rules = list[Record](), HandClock(START), Rules()

    async def publish(records: Any) -> None:
        said.extend(records)

    for name in ("gone", "half", "new"):
        trail = Trail(name, database)
        for number in range(4):
            days = {"gone": 0, "half": number * 10, "new": 40}[name]
            await write(trail, database, deed(f"{name} {number}", START + timedelta(days=days)))
            trail.wrote()
    own = Trail("own", database)
    clock.forward(timedelta(days=rules.audit_kept_days.on(START.date()) + 15))
    await Anchoring("intake", own, database, publish, clock, rules).let_go()
    pages = await kept(database)
    assert told(pages) == ["half 2", "half 3", *(f"new {number}" for number in range(4))]
    events = [AuditAnchored.model_validate_json(record.value or b"") for record in said]
    anchors = {event.chain: first_heard(event, START).heard(event, clock.now(), rules) for event in events}
    assert {chain: anchor.begins for chain, anchor in anchors.items()} == {"gone": 4, "half": 2}
    assert [fault for fault in faults(pages, anchors) if "anchored nowhere" not in fault] == []
    assert own.waits, "that it was let go is in the log, too"


async def test_r48_what_was_written_on_a_page_that_is_let_go_is_not_missing_and_what_never_was_on_one_is(
    database: Mongo,
) -> None:
    trail = Trail("one", database)
    for number in range(4):
        await write(trail, database, deed("written"), entry=f"{number:012x}-one")
        trail.wrote()
    last = AuditAnchored(service="intake", chain="one", sequence=3, hash=trail.head.hash, begins=2, at=START)
    later = START + timedelta(days=4000)
    anchors = {"one": first_heard(last, START).heard(last, later, Rules())}
    entries = ["000000000000-one", "000000000001-one", "000000000003-one"]

    async def missing(*written_by: str) -> list[str]:
        def look(db: Any) -> list[str]:
            db[AUDIT].delete_many({"_id": {"$lt": page_id("one", 2)}})
            db["cases"].delete_many({})
            db["cases"].insert_many([{"entry": entry} for entry in written_by])
            return [*unaudited(db, anchors)]

        return list(await database.run(look))

    assert await missing(*entries) == []
    for never in ("000000000000-two", "000000000009-one"):
        assert await missing(*entries, never) == [f"1 writes to cases are not in the log, such as {never}"]


def test_deeds_that_are_alike_share_lines_of_at_most_a_hundred_and_are_read_as_they_were_done() -> None:
    done = [deed("looked")._replace(key=bytes([number, 0])) for number in range(150)]
    every = [deed("wrote"), *done, deed("wrote")._replace(about=[(Anchor, "one")])]
    lines = written(every, VAULT)
    assert len(lines.split(b"\n")) == 4
    told = [*read(lines)]
    assert [said["what"] for said in told] == ["wrote", *["looked"] * 150, "wrote"]
    assert [said["event"] for said in told] == [event(each.key, VAULT) for each in every]
    assert told[-1]["about"] == [subject((Anchor, "one"), VAULT)]


def test_a_line_with_one_deed_as_all_had_once_is_read_like_any_other() -> None:
    line = ["2026-11-23T09:00:00Z", "looked", "a test", "urn:test", "ab", "", "done", ["anchors/cd"]]
    assert [*read(to_json(line))] == [
        {"at": line[0], "what": "looked", "why": "a test", "who": "urn:test"}
        | {"event": "ab", "trace": "", "came_of_it": "done", "about": ["anchors/cd"]}
    ]
