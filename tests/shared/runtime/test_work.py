"""What one batch decides in memory, with nothing stored but what each test says."""

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.rules import Rules
from shared.events.envelope import Cause, inbox_key
from shared.runtime.work import Loaded, NotLoaded, Ref, State, Stored, Work

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OLD, NEW = "old", "new"


class Note(State):
    COLLECTION = "notes"

    says: str

    def lookups(self) -> tuple[str, ...]:
        return (self.says,)


NOTE: Ref = (Note, "a")


def work(stored: Note | None = None) -> Work:
    found: dict[Ref, frozenset[str]] = {
        (Note, word): frozenset({"a"}) if stored and stored.says == word else frozenset() for word in (OLD, NEW)
    }
    return Work("urn:test", NOW, Rules(), Loaded({NOTE: stored}, found=found))


def on(batch: Work, *steps: Any) -> None:
    """Handles one event after another."""
    for number, step in enumerate(steps):
        cause = Cause("urn:test", str(number), NOW)
        batch.try_one(cause, inbox_key(cause), lambda work, step: step(work), step)


def forget(work: Work) -> None:
    work.forget(Note, "a")
    assert work.get(Note, "a") is None
    assert work.find(Note, OLD, NEW) == {}


def write(work: Work) -> None:
    work.put("a", Note(says=NEW))


def test_what_is_foreseen_is_asked_for_with_what_is_asked_for_first() -> None:
    def handler(work: Work) -> None:
        work.foresee(Note, "bc")
        work.get(Note, "d")

    batch = work()
    with pytest.raises(NotLoaded):
        on(batch, handler)
    assert batch.needs.ids == {(Note, "b"), (Note, "c"), (Note, "d")}


def test_who_wrote_an_aggregate_last_is_known() -> None:
    stored = {NOTE: Stored(2, "second", b"key")}
    batch = Work("urn:test", NOW, Rules(), Loaded({NOTE: Note(says=OLD), (Note, "b"): None}, stored))
    assert batch.is_as_written_by("second", *NOTE)
    assert not batch.is_as_written_by("first", *NOTE)
    assert not batch.is_as_written_by("second", Note, "b")


def test_what_is_forgotten_is_gone_for_the_rest_of_its_batch() -> None:
    batch = work(Note(says=OLD))
    on(batch, forget, forget)
    assert batch.changed == {NOTE: None}
    assert batch.forgotten == {NOTE}


def test_what_is_left_is_what_the_rest_of_the_batch_sees() -> None:
    batch = work(Note(says=OLD))
    on(batch, lambda work: work.forget(Note, "a", Note(says=NEW)))
    on(batch, lambda work: work.put("a", work.get(Note, "a").but(says="newer")))
    assert batch.changed == {NOTE: Note(says="newer")}
    assert batch.forgotten == {NOTE}


def test_all_of_it_may_be_left() -> None:
    stored = Note(says=OLD)
    batch = work(stored)
    on(batch, lambda work: work.forget(Note, "a", stored))
    assert (batch.changed, batch.forgotten) == ({NOTE: stored}, {NOTE})


@pytest.mark.parametrize("stored", [None, Note(says=OLD)])
def test_what_this_batch_wrote_is_forgotten_too_and_may_be_written_again(stored: Note | None) -> None:
    batch = work(stored)
    on(batch, write, forget)
    assert batch.changed == {NOTE: None}
    on(batch, write)
    assert (batch.changed, batch.forgotten) == ({NOTE: Note(says=NEW)}, {NOTE})


def test_what_a_handler_that_fails_forgot_is_not_forgotten() -> None:
    def fail(work: Work) -> None:
        work.forget(Note, "a")
        raise ValueError

    batch = work(Note(says=OLD))
    with pytest.raises(ValueError):
        on(batch, fail)
    on(batch, lambda work: None)
    assert (batch.changed, batch.forgotten) == ({}, set())


def test_what_is_to_be_forgotten_is_loaded_first() -> None:
    batch = work()
    with pytest.raises(NotLoaded):
        on(batch, lambda work: work.forget(Note, "b"))
    assert batch.needs.ids == {(Note, "b")}


KEYS, WORDS = "abc", "xyz"
CHANGES = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(WORDS) | st.none(), st.booleans()), max_size=12)
"""The word that a note gets, or None where it is forgotten; and whether its handler fails after all."""


@given(stored=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(WORDS)), changes=CHANGES)
def test_what_is_found_is_what_has_the_word_by_then(
    stored: dict[str, str], changes: list[tuple[str, str | None, bool]]
) -> None:
    says, seen = dict(stored), []

    def change(work: Work, key: str, word: str | None, fails: bool) -> None:
        seen.append({each: {*work.find(Note, each)} for each in WORDS})
        if word is None:
            work.forget(Note, key)
        else:
            work.put(key, Note(says=word))
        assert key in work.find(Note, *WORDS) or word is None
        if fails:
            raise ValueError

    states: dict[Ref, State | None] = {(Note, key): Note(says=stored[key]) if key in stored else None for key in KEYS}
    found: dict[Ref, frozenset[str]] = {
        (Note, word): frozenset(k for k in stored if stored[k] == word) for word in WORDS
    }
    batch = Work("urn:test", NOW, Rules(), Loaded(states, found=found))
    for key, word, fails in changes:
        before = {each: {key for key in says if says[key] == each} for each in WORDS}
        with pytest.raises(ValueError) if fails else nullcontext():
            on(batch, lambda work, key=key, word=word, fails=fails: change(work, key, word, fails))
        assert seen.pop() == before
        if not fails:
            says = {each: said for each, said in says.items() if each != key} | ({key: word} if word else {})
