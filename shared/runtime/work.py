"""What one batch reads, changes and publishes: in memory, in order, with no I/O.

A handler asks `Work` for the aggregates it needs. What is not in memory yet is noted, loaded for the whole batch at once,
and the batch is decided again from its start: so handlers are straight-line code, and a batch costs few queries.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from shared.domain.rules import Rules
from shared.events.envelope import Cause, Event, Record, caused_id, continue_trace, to_record
from shared.runtime.figures import Figure, Measured

MOST_BYTES = 900_000
"""The largest value that is published; a Kafka broker takes a little over a million bytes, headers and all."""


class State(BaseModel):
    """What a service knows of one thing (an aggregate). Frozen: a decision returns a new one.

    What a later version knows of it beside that is kept: the two write in turn while one is rolled out, or back.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    COLLECTION: ClassVar[str]

    def due(self) -> datetime | None:
        """When time itself is the next event for this aggregate: its durable timer."""
        return None

    def lookups(self) -> Iterable[str]:
        """Words by which `Work.find` finds this aggregate."""
        return ()

    def rank(self) -> datetime | None:
        """Where it stands among those with the same word, for `Service.ranked`. It is not sealed: an instant, and no more."""
        return None

    def but(self, **changes: Any) -> Self:
        """The same with `changes`; the values are trusted, not validated again."""
        return self.model_copy(update=changes)


S = TypeVar("S", bound=State)
Ref = tuple[type[State], str]


class Rejected(Exception):
    """This record can never be handled: it is set aside with the reason, which carries no personal data."""


class NotYet(Exception):
    """What this record is about is not known here yet: it is tried again for a while, then set aside with the reason."""


class NotLoaded(Exception):
    """An aggregate or a lookup is not in memory yet; the core loads it and decides the batch again."""


@dataclass
class Needs:
    """Aggregates by id, and by lookup word, that a batch has to have in memory."""

    ids: set[Ref] = field(default_factory=set)
    lookups: set[Ref] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.ids or self.lookups)


class Stored(NamedTuple):
    """How an aggregate stands in the store: its version, the journal entry that wrote it, and the id of its data key."""

    version: int
    entry: str
    key: bytes


class Saved(NamedTuple):
    """An aggregate as this instance saved it: when, and how many bytes it has as JSON."""

    state: State
    stored: Stored
    size: int
    at: datetime


@dataclass
class Loaded:
    """What was read from the store: each aggregate asked for (None where there is none), and how those that are there stand.

    Those in `recent` (`shared.runtime.recent`) need not be read; which of them were used is in `recalled`: whether they still
    stand is seen at saving.
    """

    states: dict[Ref, State | None] = field(default_factory=dict)
    stored: dict[Ref, Stored] = field(default_factory=dict)
    found: dict[Ref, frozenset[str]] = field(default_factory=dict)
    recent: Mapping[Ref, Saved] = field(default_factory=dict)
    recalled: set[Ref] = field(default_factory=set)

    def has(self, ref: Ref) -> bool:
        """Whether it is in memory, or comes into it here."""
        if ref in self.states:
            return True
        saved = self.recent.get(ref)
        if saved is None:
            return False
        self.states[ref], self.stored[ref] = saved.state, saved.stored
        self.recalled.add(ref)
        return True


class Work:
    """One batch being decided. Handlers use `now` to `cause`, `get` to `measure`; the core uses the rest."""

    def __init__(self, source: str, now: datetime, rules: Rules, loaded: Loaded) -> None:
        self.now, self.rules = now, rules
        self.changed: dict[Ref, State | None] = {}
        self.forgotten: set[Ref] = set()
        self.outgoing: list[Record] = []
        self.needs = Needs()
        self.cause: Cause
        self._key: bytes
        self.touched: Sequence[Ref] = ()
        self._source, self._loaded = source, loaded
        self._trial: dict[Ref, State | None] = {}
        self._forgetting: set[Ref] = set()
        self._published: list[Record] = []
        self.measures: list[Measured] = []
        self._measured: list[Measured] = []
        self._to_index: set[Ref] = set()
        self._index: dict[Ref, set[str]] = {}

    def get(self, kind: type[S], key: str) -> S | None:
        """The aggregate as this batch has it so far; None where there is none."""
        ref = (kind, key)
        for states in (self._trial, self.changed):
            if ref in states:
                return cast("S | None", states[ref])
        self._must_have(ref)
        return cast("S | None", self._loaded.states[ref])

    def fetch(self, kind: type[S], keys: Iterable[str]) -> Mapping[str, S]:
        """Those of `keys` that exist: several aggregates in one query."""
        states: dict[str, S] = {}
        complete = True
        for key in dict.fromkeys(keys):
            try:
                state = self.get(kind, key)
            except NotLoaded:
                complete = False
            else:
                states |= {} if state is None else {key: state}
        if not complete:
            raise NotLoaded
        return states

    def foresee(self, kind: type[State], keys: Iterable[str]) -> None:
        """These will be asked for: what is not in memory yet is loaded with what is asked for next, in the same round."""
        self.needs.ids.update(ref for key in keys if not self._loaded.has(ref := (kind, key)))

    def is_there(self, kind: type[State], keys: Iterable[str]) -> bool:
        """Whether one of `keys` is there, foreseen as above: until it is loaded, none is."""
        keys = [*keys]
        self.foresee(kind, keys)
        known = (self._trial, self.changed, self._loaded.states)
        return any(states.get((kind, key)) for key in keys for states in known)

    def is_as_written_by(self, entry: str, kind: type[State], key: str) -> bool:
        """Whether the aggregate is in the store as the journal entry `entry` left it."""
        self._must_have((kind, key))
        stored = self._loaded.stored.get((kind, key))
        return stored is not None and stored.entry == entry

    def find(self, kind: type[S], *words: str) -> Mapping[str, S]:
        """Every aggregate with one of `words` among its lookups, by id, as this batch has them so far."""
        wanted = frozenset(words)
        missing = {(kind, word) for word in wanted if (kind, word) not in self._loaded.found}
        if missing:
            self.needs.lookups |= missing
            raise NotLoaded
        self._index_what_changed()
        stored = {key for word in wanted for key in self._loaded.found[kind, word]}
        changed = {key for word in wanted for key in self._index.get((kind, word), ())}
        trial = {key for of, key in self._trial if of is kind}
        states = self.fetch(kind, sorted(stored | changed | trial))
        return {key: state for key, state in states.items() if wanted & frozenset(state.lookups())}

    def put(self, key: str, state: State) -> None:
        """The aggregate's new state. It is loaded first, so that the store knows which version this follows."""
        self._set((type(state), key), state)

    def forget(self, kind: type[S], key: str, left: S | None = None) -> None:
        """Once this is saved, what the aggregate was can't be read by anybody any more; `left` is what remains of it.

        Without `left` nothing remains. What was never saved, or is forgotten already, is no fault.
        """
        self._set((kind, key), left)
        self._forgetting.add((kind, key))

    def publish(self, *events: Event, lane: str = "") -> None:
        """What follows from the cause being handled. The same cause publishes the same ids, however often it is decided."""
        for event in events:
            event_id = caused_id(self.cause, event.TYPE, event.key(), len(self._published))
            traceparent = continue_trace(self.cause, self._key, event_id)
            record = to_record(event, self._source, event_id, self.now, traceparent, lane)
            if len(record.value or b"") > MOST_BYTES:
                raise Rejected(f"{event.TYPE} would be larger than {MOST_BYTES} bytes")
            self._published.append(record)

    def measure(self, figure: Figure, *labels: str, value: float = 1) -> None:
        """What the metrics get to know of the cause being handled: it counts once that is saved."""
        self._measured.append(Measured(figure, labels, value))

    def try_one(self, cause: Cause, key: bytes, handler: Callable[["Work", Any], Any], argument: Any) -> Any:
        """What `handler` returns; its changes count only if it does not raise. `touched` are the aggregates that it changed.

        `key` is the inbox key of `cause`.
        """
        self.cause, self._key = cause, key
        self._trial, self._forgetting, self._published, self.touched = {}, set(), [], ()
        self._measured = []
        answer = handler(self, argument)
        self.forgotten |= self._forgetting
        changed = {r: s for r, s in self._trial.items() if r in self.forgotten or s is not self._loaded.states[r]}
        self.changed |= changed
        self.touched = [*changed]
        self._to_index.update(changed)
        self.outgoing += self._published
        self.measures += self._measured
        return answer

    def _index_what_changed(self) -> None:
        """What this batch changed, by the words that it has or had here: each is asked for them once, not at each `find`."""
        for kind, key in self._to_index:
            state = self.changed[kind, key]
            for word in () if state is None else state.lookups():
                self._index.setdefault((kind, word), set()).add(key)
        self._to_index.clear()

    def _set(self, ref: Ref, state: State | None) -> None:
        self._must_have(ref)
        self._trial[ref] = state

    def _must_have(self, ref: Ref) -> None:
        if not self._loaded.has(ref):
            self.needs.ids.add(ref)
            raise NotLoaded
