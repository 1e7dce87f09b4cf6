"""What the clients' ledgers say was sent, decided and moved, and what therefore has to be so at the end."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

Entry = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """One prisoner's end of the day: where, and what the list of that prison has to hold, by block id."""

    prison_id: str
    out: bool = False
    blocks: dict[str, frozenset[str]] = field(default_factory=dict)


class Books:
    """The ledgers of all clients, put together. Nothing here comes from the services' own books."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)

    def those(self, key: str) -> list[Entry]:
        """The entries that have `key`."""
        return [entry for entry in self.entries if key in entry]

    @cached_property
    def cases(self) -> dict[str, Entry]:
        """The requests that were made, by external id: the entry of the first sending."""
        return {entry["case"]["external_id"]: entry for entry in reversed(self.those("case"))}

    @cached_property
    def answers(self) -> dict[str, list[Entry]]:
        """Every answer to every request, over Kafka and HTTP alike, by external id."""
        given: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.get("what") == "reply":
                given.setdefault(entry["external_id"], []).append(entry)
            elif entry.get("did") == "answered":
                outcome = "accepted" if entry["status"] == 202 else "rejected"
                given.setdefault(entry["key"], []).append(entry | {"outcome": outcome})
        return given

    @cached_property
    def request_ids(self) -> dict[str, str]:
        """External ids by the request id that the first answer named."""
        ids = ((answers[0].get("request_id"), external_id) for external_id, answers in self.answers.items())
        return {request_id: external_id for request_id, external_id in ids if request_id and external_id in self.cases}

    def expected(self, request_id: str) -> Entry:
        """What the sender of a request expects of it."""
        case: Entry = self.cases[self.request_ids[request_id]]["case"]
        return case

    def accepted(self, *ends: str) -> set[str]:
        """The external ids of the requests that have to be taken in and come to one of these ends."""
        cases = (entry["case"] for entry in self.cases.values())
        return {case["external_id"] for case in cases if case["outcome"] == "accepted" and case["then"] in ends}

    @cached_property
    def received(self) -> set[str]:
        """The numbers of those who came into a prison from outside for the first time."""
        return {entry["number"] for entry in self.moves if entry["do"] == "reception"}

    @cached_property
    def moves(self) -> list[Entry]:
        return sorted((entry for entry in self.entries if entry.get("did") == "moved"), key=moment)

    @cached_property
    def judged(self) -> list[Entry]:
        """Every protected person that an estate decided on: block id, name, verdict, what is left out, the decision."""
        return [
            person | {"decision": entry["decision"], "real_ms": entry["real_ms"], "at": entry["at"]}
            for entry in self.those("people")
            for person in entry["people"]
        ]

    @cached_property
    def authorised(self) -> dict[str, Entry]:
        """Those that were authorised, by block id."""
        return {person["block_id"]: person for person in self.judged if person["verdict"] == "authorise"}

    @cached_property
    def refused(self) -> dict[str, Entry]:
        return {person["block_id"]: person for person in self.judged if person["verdict"] == "refuse"}

    def case_of(self, block_id: str) -> Entry:
        """What the sender of the request behind a block expects."""
        return self._cases_by_block[block_id]

    @cached_property
    def _cases_by_block(self) -> dict[str, Entry]:
        return {person["block_id"]: self.expected(person["request_id"]) for person in self.judged}

    @cached_property
    def withdrawn(self) -> set[str]:
        """The blocks that were withdrawn and are not a court's (R45)."""
        blocks = {entry["withdrawn"] for entry in self.those("withdrawn")}
        return {block_id for block_id in blocks if not self.case_of(block_id)["order"]}

    @cached_property
    def at_the_end(self) -> dict[str, Held]:
        """By prisoner number, where everybody with a block is at last, and what has to be on the list there."""
        held: dict[str, Held] = {}
        for block_id, person in self.authorised.items():
            case = self.case_of(block_id)
            number, prison_id = person["decision"]["prisoner_number"], person["decision"]["prison_id"]
            blocks = held.get(number, Held(prison_id)).blocks | {block_id: self._points(case, person)}
            held[number] = Held(prison_id, blocks=blocks)
        for move in self.moves:
            self._apply(held, move)
        return {number: replace(one, blocks=self._without_withdrawn(one)) for number, one in held.items()}

    def _points(self, case: Entry, judged: Entry) -> frozenset[str]:
        """The contact points of a block: what was asked for, less what was left out, and what a breach added."""
        asked = next(person["points"] for person in case["people"] if person["name"] == judged["name"])
        added = self._joined.get(judged["block_id"], set())
        return frozenset({*asked, *added} - {*judged["left_out"]})

    @cached_property
    def _joined(self) -> dict[str, set[str]]:
        """What the prisons said yes to after breaches, by block id."""
        blocks = {entry["breach_id"]: entry["block_id"] for entry in self.entries if entry.get("what") == "alert"}
        joined: dict[str, set[str]] = {}
        for entry in self.those("joined"):
            joined.setdefault(blocks[entry["decision"]["breach_id"]], set()).add(entry["joined"])
        return joined

    def _apply(self, held: dict[str, Held], move: Entry) -> None:
        one = held.get(move["number"])
        match move["do"]:
            case _ if one is None:
                return
            case "transfer" | "recall":
                held[move["number"]] = replace(one, prison_id=str(move.get("to", move["from"])), out=False)
            case "release":
                held[move["number"]] = replace(one, out=True)
            case "death":
                held[move["number"]] = replace(one, out=True, blocks={})
            case "merge":
                held[move["into"]] = held.pop(move["number"])

    def _without_withdrawn(self, one: Held) -> dict[str, frozenset[str]]:
        return {block_id: points for block_id, points in one.blocks.items() if block_id not in self.withdrawn}


def moment(entry: Entry) -> datetime:
    """When an entry was written, in simulated time."""
    return datetime.fromisoformat(entry["at"])
