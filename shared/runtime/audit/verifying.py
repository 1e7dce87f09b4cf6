"""What is wrong with an audit log: pages that were changed, moved, taken out or put in, chains that are cut short or gone."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from shared.runtime.audit.anchoring import Anchor
from shared.runtime.audit.pages import NOTHING_BEFORE, page_in
from shared.runtime.mongo import Document


def newest(known: Mapping[str, Anchor], elsewhere: Iterable[Anchor]) -> Mapping[str, Anchor]:
    """Of each chain what is known further on, of records or `elsewhere`: who removes a chain may remove its anchor with it."""
    found = dict(known)
    for anchor in elsewhere:
        ours = found.get(anchor.chain, anchor)
        contradicted = ours.contradicted or (anchor.sequence == ours.sequence and anchor.hash != ours.hash)
        begins, further = max(ours.begins, anchor.begins), max(ours, anchor, key=lambda one: one.sequence)
        found[anchor.chain] = further.but(begins=begins, contradicted=contradicted)
    return found


def faults(pages: Iterable[Document], anchors: Mapping[str, Anchor]) -> Iterator[str]:
    """Each fault in words. `pages` are those of one service, in the order of their ids; `anchors`, by chain, its own."""
    there = set[str]()
    for chain, of_chain in groupby(pages, key=lambda page: str(page["_id"]).rpartition("/")[0]):
        there.add(chain)
        yield from (f"chain {chain}: {fault}" for fault in _of_chain(of_chain, anchors.get(chain)))
    for chain, anchor in anchors.items():
        if anchor.contradicted:
            yield f"chain {chain}: page {anchor.sequence} is anchored with two hashes"
        if chain not in there and anchor.begins <= anchor.sequence:
            yield f"chain {chain} is gone: it had pages up to {anchor.sequence}"


def _of_chain(pages: Iterable[Document], anchor: Anchor | None) -> Iterator[str]:
    """Goes on after a fault from what is there, so that each is said once."""
    expected, before, anchored = 0, NOTHING_BEFORE, False
    for document in pages:
        try:
            page = page_in(document)
        except (KeyError, TypeError, ValueError):
            yield f"{document['_id']} is no page"
            continue
        first_kept = anchor is not None and expected == 0 and page.sequence <= anchor.begins
        if page.sequence != expected and not first_kept:
            yield f"pages {expected} to {page.sequence - 1} are missing"
        elif page.previous != before and not (first_kept and page.sequence):
            yield f"page {page.sequence} does not follow from the one before it"
        if document.get("hash") != page.hash:
            yield f"page {page.sequence} was changed"
        if anchor and page.sequence == anchor.sequence:
            anchored = True
            if page.hash != anchor.hash:
                yield f"page {page.sequence} is not the one that was anchored"
        expected, before = page.sequence + 1, page.hash
    if anchor is None:
        yield "is anchored nowhere"
    elif not anchored and anchor.sequence >= max(expected, anchor.begins):
        yield f"ends at page {expected - 1}: it had pages up to {anchor.sequence}"
