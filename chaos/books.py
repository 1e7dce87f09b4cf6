"""What outside organisations sent, were promised and saw: the books that have to agree at the end."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from demo.observer import Seen

Data = dict[str, Any]


@dataclass
class Ask:
    """One request, under one external id however often it is sent; `fault` is what was going on when it was."""

    external_id: str
    way: str
    number: str
    body: Data
    refuse: bool
    fault: str
    promises: set[tuple[str, str]] = field(default_factory=set)
    request_id: str | None = None
    block_ids: list[str] = field(default_factory=list)
    authorised: bool = False
    settled: bool = False

    @property
    def email(self) -> str:
        return str(self.body["requester"]["email"])

    @property
    def person(self) -> Data:
        person: Data = self.body["protected_people"][0]
        return person

    @property
    def steps(self) -> int:
        """How many things its requester has to hear: received, sent to the prison, and refused or authorised and in force."""
        return 3 if self.refuse else 4


@dataclass(frozen=True)
class Listed:
    """A block list as it was read."""

    version: int
    data: Data
    fault: str


class Books:
    """`fault` names what is going on now: what is sent and seen meanwhile is put down to it."""

    def __init__(self) -> None:
        self.fault = "start"
        self.asks: dict[str, Ask] = {}
        self.by_request: dict[str, Ask] = {}
        self.events: dict[str, list[Seen]] = defaultdict(list)
        self.happened: dict[str, list[str]] = defaultdict(list)
        self.seen_during: dict[tuple[str, str], str] = {}
        self.lists: dict[str, list[Listed]] = defaultdict(list)
        self.letters: list[Seen] = []
        self.poison: set[bytes] = set()
        self.where: dict[str, str] = {}
        self.movers: set[str] = set()
        self.open: Counter[str] = Counter()
        self.settled_at: dict[str, float] = {}
        self.copies = 0
        self.strange: list[str] = []

    def asked(self, ask: Ask) -> Ask:
        self.asks[ask.external_id] = ask
        self.open[ask.number] += 1
        return ask

    @property
    def on_their_way(self) -> int:
        """Requests asked and neither in force nor refused."""
        return self.open.total()

    def still_for(self, number: str, now: float) -> float:
        """Seconds (monotonic) since the last request about this prisoner was settled; 0 while one is open."""
        return 0.0 if self.open[number] else now - self.settled_at.get(number, now)

    def promised(self, external_id: str, request_id: str, reference: str) -> None:
        """An answer, over HTTP or Kafka, that a request is accepted."""
        ask = self.asks.get(external_id)
        if ask is None:
            self.strange.append("an answer to something that nobody asked")
            return
        ask.promises.add((request_id, reference))
        ask.request_id = request_id
        self.by_request[request_id] = ask

    def take(self, seen: Seen) -> bool:
        """Whether this is news: the same source and id again is the same event, of which copies are counted."""
        if "dead-letters" in seen.topic:
            self.letters.append(seen)
            return False
        if seen.type == "upc.block-list.changed":
            self.lists[seen.data["prisoner_number"]].append(Listed(seen.data["version"], seen.data, self.fault))
        if seen.identity in self.seen_during:
            self.copies += 1
            return False
        self.seen_during[seen.identity] = self.fault
        self.events[seen.type].append(seen)
        self._note(seen)
        return True

    def of(self, ask: Ask, event_type: str) -> list[Seen]:
        return [seen for seen in self.events[event_type] if seen.data.get("request_id") == ask.request_id]

    def _note(self, seen: Seen) -> None:
        if seen.type == "upc.inbound.reply":
            self._reply(seen.data)
        request_id = seen.data.get("request_id")
        if seen.type == "upc.contact-request.submitted":
            ask = self.asks.get(seen.data["request"]["external_id"] or "")
            if ask:
                self.by_request.setdefault(seen.data["request_id"], ask)
        if request_id and seen.type.startswith(("upc.contact-request.", "upc.block.")):
            self.happened[request_id].append(seen.type)
        if seen.type in ("upc.block.implemented", "upc.block.refused"):
            self._settle(self.by_request.get(str(request_id)))

    def _reply(self, reply: Data) -> None:
        if reply["external_id"] not in self.asks:
            return
        if reply["outcome"] == "accepted":
            self.promised(reply["external_id"], reply["request_id"], reply["reference"])
        else:
            self.strange.append("a request that is in order was rejected")

    def _settle(self, ask: Ask | None) -> None:
        if ask and not ask.settled:
            ask.settled = True
            self.open[ask.number] -= 1
            self.settled_at[ask.number] = monotonic()
