"""One line of the summary: what was counted, what it should be, and what is wrong where."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property

from demo.books import Books
from demo.observer import Observer, Seen


@dataclass(frozen=True)
class Line:
    """`wrong` says in words what does not agree; empty where everything does."""

    what: str
    seen: int
    expected: int
    wrong: tuple[str, ...] = ()


class Facts:
    """What was seen, and what the books say; `numbers` are the prisoners of this run, `run` its tag in every external id."""

    def __init__(self, observer: Observer, run: str, numbers: Collection[str]) -> None:
        self.observer, self.run, self.numbers = observer, run, numbers

    @cached_property
    def books(self) -> Books:
        return Books(self.observer.entries())

    def of_requests(self, event_type: str) -> list[Seen]:
        """Events of a type about requests of this run."""
        return [
            seen for seen in self.observer.events(event_type) if seen.data.get("request_id") in self.books.request_ids
        ]

    def of_prisoners(self, event_type: str) -> list[Seen]:
        """Events of a type about prisoners of this run."""
        return [seen for seen in self.observer.events(event_type) if seen.data.get("prisoner_number") in self.numbers]


def compare(what: str, seen: Iterable[Hashable], expected: Iterable[Hashable]) -> Line:
    """A line for things that have to be there, each as often as it should."""
    there, should = Counter(iter(seen)), Counter(iter(expected))
    missing = [f"missing: {words(thing, count)}" for thing, count in (should - there).items()]
    surplus = [f"too many: {words(thing, count)}" for thing, count in (there - should).items()]
    return Line(what, there.total(), should.total(), (*missing, *surplus))


def words(thing: Hashable, count: int) -> str:
    text = " ".join(str(part) for part in thing) if isinstance(thing, tuple) else str(thing)
    return text if count == 1 else f"{text} ({count} times)"
