"""Whatever is done to a chain of the audit log shows, as far as it is anchored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.rules import Rules
from shared.events.anchors import AuditAnchored
from shared.runtime.audit.anchoring import Anchor, first_heard
from shared.runtime.audit.pages import Head, head_of, next_pages
from shared.runtime.audit.verifying import faults, newest
from shared.runtime.mongo import Document

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PAGES, RULES = 6, Rules()
Pages = list[Document]


def chain(name: str = "one", pages: int = PAGES) -> Pages:
    head, written = Head(name), []
    for number in range(pages):
        at = NOW + timedelta(seconds=number)
        (page,) = next_pages(head, at, f"entry {number}", f'{{"what": "{name} {number}"}}'.encode())
        head = head_of(page)
        written.append(page.document())
    return written


def anchor(pages: Pages, sequence: int = PAGES - 1, begins: int = 0, chain: str = "one") -> dict[str, Anchor]:
    about = {"service": "intake", "chain": chain, "sequence": sequence, "hash": pages[sequence]["hash"], "at": NOW}
    return {chain: Anchor.model_validate(about | {"begins": begins, "known_since": NOW})}


def rewritten(pages: Pages, start: int) -> Pages:
    """What somebody makes who knows how hashes are made: all that follows is made to fit."""
    head = Head("one") if start == 0 else Head("one", start - 1, pages[start - 1]["hash"])
    after = list(pages[:start])
    for page in pages[start:]:
        (new,) = next_pages(head, page["at"], page["entry"], b'{"what": "something else"}')
        head = head_of(new)
        after.append(new.document())
    return after


TAMPERING: dict[str, Callable[[Pages, int], Any]] = {
    "a deed is changed": lambda pages, n: pages[n].update(deeds=pages[n]["deeds"] + b" "),
    "its time is changed": lambda pages, n: pages[n].update(at=pages[n]["at"] + timedelta(seconds=1)),
    "its entry is changed": lambda pages, n: pages[n].update(entry="another"),
    "its hash is changed": lambda pages, n: pages[n].update(hash=pages[n]["hash"][::-1]),
    "a page is taken out": lambda pages, n: pages.pop(n),
    "a page is another's copy": lambda pages, n: pages[n].update(pages[n - 1] | {"_id": pages[n]["_id"]}),
    "two pages change places": lambda pages, n: (
        pages[n].update(pages[n - 1] | {"_id": pages[n]["_id"]}),
        pages[n - 1].update(chain()[n] | {"_id": pages[n - 1]["_id"]}),
    ),
    "the end is cut off": lambda pages, n: pages.__delitem__(slice(n, None)),
    "the beginning is cut off": lambda pages, n: pages.__delitem__(slice(0, n + 1)),
    "a page is no page": lambda pages, n: pages[n].pop("deeds"),
    "all that follows is made to fit": lambda pages, n: pages.__setitem__(slice(None), rewritten(pages, n)),
}


@given(st.integers(1, 5), st.integers(0, PAGES - 1))
def test_a_chain_that_nobody_touched_is_whole(pages: int, anchored: int) -> None:
    written = chain(pages=PAGES + pages)
    assert [*faults(written, anchor(written, anchored))] == []


@pytest.mark.parametrize("how", TAMPERING)
@given(number=st.integers(1, PAGES - 1))
def test_whatever_is_done_to_a_page_shows(how: str, number: int) -> None:
    pages = chain()
    anchors = anchor(pages)
    TAMPERING[how](pages, number)
    assert [*faults(pages, anchors)] != []


@pytest.mark.parametrize("how", sorted(TAMPERING.keys() - {"a page is another's copy", "two pages change places"}))
def test_whatever_is_done_to_the_first_page_shows(how: str) -> None:
    pages = chain()
    anchors = anchor(pages)
    TAMPERING[how](pages, 0)
    assert [*faults(pages, anchors)] != []


def test_a_chain_that_is_gone_shows_and_so_does_one_that_nobody_anchored() -> None:
    one, other = chain(), chain("other")
    assert [*faults(one, anchor(one) | anchor(other, chain="other"))] == ["chain other is gone: it had pages up to 5"]
    assert [*faults([*one, *other], anchor(one))] == ["chain other: is anchored nowhere"]


def test_a_chain_that_was_begun_and_never_written_is_not_missing() -> None:
    begun = Anchor(service="intake", chain="one", sequence=-1, hash="", at=NOW, known_since=NOW)
    assert [*faults([], {"one": begun})] == []


@given(st.integers(0, PAGES), st.integers(0, PAGES - 1))
def test_pages_whose_time_is_over_may_be_gone_and_no_others(begins: int, first: int) -> None:
    pages = chain()
    found = [*faults(pages[first:], anchor(pages, begins=begins))]
    assert (found == []) is (first <= begins)


def test_nothing_is_missing_of_a_chain_that_is_all_let_go() -> None:
    assert [*faults([], anchor(chain(), begins=PAGES))] == []


def test_two_hashes_for_one_page_show_and_an_old_anchor_changes_nothing() -> None:
    known = anchor(chain())["one"]
    old = AuditAnchored(service="intake", chain="one", sequence=2, hash="any", at=NOW)
    assert known.heard(old, NOW, RULES) == known
    forged = known.heard(old.model_copy(update={"sequence": known.sequence}), NOW, RULES)
    assert forged.contradicted
    assert "anchored with two hashes" in "".join(faults(chain(), {"one": forged}))


def test_of_what_records_and_somebody_else_know_of_a_chain_the_further_counts() -> None:
    pages = chain()
    (behind,), (ahead,) = anchor(pages, 2).values(), anchor(pages, 4, begins=1).values()
    assert newest({}, [behind]) == {"one": behind}
    assert newest({"one": behind}, [ahead]) == newest({"one": ahead}, [behind]) == {"one": ahead}
    other = newest({"one": behind}, [behind.but(hash="another")])
    assert "anchored with two hashes" in "".join(faults(pages, other))


def test_that_pages_were_let_go_whose_time_cannot_be_over_is_not_believed() -> None:
    """Else whoever has a service's login could take its pages out, and say so."""
    pages = chain()
    kept = timedelta(days=RULES.audit_kept_days.on(NOW.date()))
    known = anchor(pages)["one"]
    gone = AuditAnchored(service="intake", chain="one", sequence=5, hash=pages[5]["hash"], begins=6, at=NOW)
    early = first_heard(gone, NOW).heard(gone, NOW, RULES), known.heard(gone, NOW + kept / 2, RULES)
    for one in early:
        assert [*faults([], {"one": one})] == ["chain one is gone: it had pages up to 5"]
    assert [*faults([], {"one": known.heard(gone, NOW + kept, RULES)})] == []


def test_deeds_that_do_not_fit_one_page_go_on_more() -> None:
    line = b"x" * 999_999
    pages = [*next_pages(Head("one"), NOW, "entry", b"\n".join([line] * 20))]
    assert [page.sequence for page in pages] == list(range(len(pages)))
    assert b"\n".join(page.deeds for page in pages) == b"\n".join([line] * 20)
    assert max(len(page.deeds) for page in pages) <= 8_000_000


def test_a_line_that_is_too_long_for_a_page_has_one_of_its_own() -> None:
    short, long = b"x" * 10, b"y" * 8_000_001
    pages = next_pages(Head("one"), NOW, "entry", b"\n".join([short, long, short, long]))
    assert [page.deeds for page in pages] == [short, long, short, long]
