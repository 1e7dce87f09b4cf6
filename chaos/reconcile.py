"""Counts in are counts out: what is lost, twice, or out of order, and what should not be at all."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from chaos.books import Ask, Books, Data, Listed
from demo.observer import Seen

LOST, TWICE, ORDER, WRONG = "lost", "twice", "out of order", "wrong"
ORDERS = (
    ("upc.contact-request.submitted", "upc.contact-request.routed"),
    ("upc.block.authorised", "upc.block.implemented"),
)
NOTICE = {"notice_id", "prisoner_number", "prison_id", "name", "at"}


@dataclass(frozen=True)
class Finding:
    """Something that should not be: its kind, what was going on when it was asked or seen, and what it is."""

    kind: str
    fault: str
    what: str


class Facts:
    """The books, what the estate holds, and how often each mail was taken (by recipient and Message-ID)."""

    def __init__(self, books: Books, held: Mapping[str, Data], mails: Counter[tuple[str, str]]) -> None:
        self.books, self.held, self.mails = books, held, mails
        self._by_request: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        for seen in (seen for events in books.events.values() for seen in events):
            if seen.data.get("request_id"):
                self._by_request[seen.type, seen.data["request_id"]].append(seen)

    def of(self, ask: Ask, event_type: str) -> list[Seen]:
        return self._by_request.get((event_type, ask.request_id or ""), [])


def findings(facts: Facts) -> list[Finding]:
    """All of them; none is what should be."""
    return [finding for check in CHECKS for finding in check(facts)]


def once_each(facts: Facts) -> Iterator[Finding]:
    """Each request is promised one reference, taken in once, brought to the prison, decided once."""
    for ask in facts.books.asks.values():
        decided = "upc.block.refused" if ask.refuse else "upc.block.authorised"
        counts = {
            "promise": len(ask.promises),
            "submitted": len(facts.of(ask, "upc.contact-request.submitted")),
            "routed": len(facts.of(ask, "upc.contact-request.routed")),
            decided: len(facts.of(ask, decided)),
        }
        yield from (_counted(ask, what, count, 1) for what, count in counts.items() if count != 1)
        if not ask.refuse and not facts.of(ask, "upc.block.implemented"):
            yield Finding(LOST, ask.fault, f"{ask.external_id}: never in force")


def lists_hold_it(facts: Facts) -> Iterator[Finding]:
    """What was authorised is on the prisoner's list once, in the prisoner's prison, and nothing else is."""
    due: dict[str, dict[str, Ask]] = defaultdict(dict)
    for ask in facts.books.asks.values():
        for block_id in () if ask.refuse else ask.block_ids:
            due[ask.number][block_id] = ask
    for number in {*due, *facts.held}:
        held = facts.held.get(number, {"blocks": [], "prison_id": None})
        on_it = Counter(block["block_id"] for block in held["blocks"])
        for block_id, ask in due[number].items():
            if on_it[block_id] != 1:
                yield _counted(ask, "on the list", on_it[block_id], 1)
        for block in held["blocks"]:
            yield from _rightly(block, due[number].get(block["block_id"]))
        if due[number] and held["prison_id"] != facts.books.where[number]:
            yield Finding(WRONG, "end", f"the list of {number} is not where the prisoner is")


def _rightly(block: Data, ask: Ask | None) -> Iterator[Finding]:
    if ask is None:
        yield Finding(WRONG, "end", f"block {block['block_id']} is on a list and was not authorised for it")
    elif (block["name"], block["phones"]) != (ask.person["name"], ask.person["phones"]):
        yield Finding(WRONG, ask.fault, f"{ask.external_id}: its block says something else")


def versions(facts: Facts) -> Iterator[Finding]:
    """They grow by one, one version says one thing, and the newest stands last on the topic."""
    for number, listed in facts.books.lists.items():
        first: dict[int, Listed] = {}
        for one in listed:
            if first.setdefault(one.version, one).data != one.data:
                yield Finding(TWICE, one.fault, f"two lists of {number} are version {one.version}")
        for before, after in pairwise(first.values()):
            if after.version < before.version:
                yield Finding(ORDER, after.fault, f"list {after.version} of {number} came after {before.version}")
        for missing in set(range(1, max(first) + 1)) - set(first):
            yield Finding(LOST, listed[-1].fault, f"list {missing} of {number} was never published")
        if listed[-1].version != max(first):
            yield Finding(ORDER, listed[-1].fault, f"an old list of {number} stands last")


def in_order(facts: Facts) -> Iterator[Finding]:
    """The events of one request tell its story in order."""
    for request_id, happened in facts.books.happened.items():
        for earlier, later in ORDERS:
            if later in happened and (earlier not in happened or happened.index(earlier) > happened.index(later)):
                ask = facts.books.by_request.get(request_id)
                yield Finding(ORDER, ask.fault if ask else "?", f"{request_id}: {later} before {earlier}")


def told(facts: Facts) -> Iterator[Finding]:
    """One notice with a name and nothing more for each block (R16), and a case file note for each of three steps (R27)."""
    names = Counter((s.data["prisoner_number"], s.data["name"]) for s in facts.books.events[NOTICES])
    due = Counter((a.number, a.person["name"]) for a in facts.books.asks.values() if not a.refuse)
    yield from _compared("notice", names, due)
    for seen in facts.books.events[NOTICES]:
        if set(seen.data) != NOTICE:
            yield Finding(WRONG, "end", "a notice says more than a name")
    notes = Counter((s.data["cps_urn"], s.data["step"]) for s in facts.books.events["upc.case-file-note.issued"])
    urns = [ask.body["cps_urn"] for ask in facts.books.asks.values() if ask.body["cps_urn"]]
    steps = ("submitted", "being_considered", "decided")
    yield from _compared("case file note", notes, Counter((urn, step) for urn in urns for step in steps))


def mailed(facts: Facts) -> Iterator[Finding]:
    """No mail twice, by Message-ID; each step told by a mail, or a task says that it may not have arrived (R28)."""
    tasks = Counter(str(seen.data["request_id"]) for seen in facts.books.events["upc.task.raised"])
    mails: Counter[str] = Counter()
    asks = {ask.email: ask for ask in facts.books.asks.values()}
    for (recipient, _), count in facts.mails.items():
        mails[recipient] += 1
        if count > 1:
            yield Finding(TWICE, asks[recipient].fault, f"{asks[recipient].external_id}: one mail {count} times")
    for email, ask in asks.items():
        told, perhaps = mails[email], tasks[ask.request_id or ""]
        if told > ask.steps:
            yield _counted(ask, "mails", told, ask.steps)
        if told + perhaps < ask.steps:
            yield _counted(ask, "mails and tasks", told + perhaps, ask.steps)


def poison(facts: Facts) -> Iterator[Finding]:
    """The dead letters are the poison: all of it, and nothing else."""
    letters = {seen.value for seen in facts.books.letters}
    for raw in facts.books.poison - letters:
        yield Finding(LOST, "poison", f"a bad record of {len(raw)} bytes is in no dead letters")
    for seen in facts.books.letters:
        if seen.value not in facts.books.poison:
            reason = seen.headers.get("dead-letter-reason")
            yield Finding(LOST, "end", f"{seen.topic} has a good record: {reason}")


def strange(facts: Facts) -> Iterator[Finding]:
    return (Finding(WRONG, "end", what) for what in facts.books.strange)


def _compared(what: str, there: Counter[tuple[str, str]], due: Counter[tuple[str, str]]) -> Iterator[Finding]:
    for kind, surplus in ((LOST, due - there), (TWICE, there - due)):
        yield from (Finding(kind, "end", f"{what} for {thing[0]}: {count}") for thing, count in surplus.items())


def _counted(ask: Ask, what: str, count: int, due: int) -> Finding:
    return Finding(LOST if count < due else TWICE, ask.fault, f"{ask.external_id}: {what} {count} times, not {due}")


NOTICES = "upc.prisoner-notice.issued"
Check = Callable[[Facts], Iterable[Finding]]
CHECKS: tuple[Check, ...] = (once_each, lists_hold_it, versions, in_order, told, mailed, poison, strange)
