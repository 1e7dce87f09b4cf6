"""A police force's case system: asks over Kafka, reads replies and case file notes, reports breaches.

`python -m demo.clients.police WORK LEDGER ORDERS`
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar

from demo.clients.organisation import Data, Organisation, run

REPLY = ("external_id", "outcome", "request_id", "reference", "faults")
NOTE = ("note_id", "cps_urn", "step", "request_id", "reference", "breach_id")


class Police(Organisation):
    """One force's system for a day."""

    SOURCE = "urn:demo:police"
    PARTY = "police"
    READS: ClassVar = {PARTY: ("upc.inbound.replies.v1", "upc.case-file-notes.v1")}

    def begin(self) -> None:
        self.references: dict[str, str | None] = {}
        self.own, self.decided = set[str](), set[str]()
        for item in self.work["send"]:
            self.start(self.at_its_time(item))
        for breach in self.work["breaches"]:
            self.start(self.report(breach))

    def handlers(self) -> Mapping[str, Callable[[Data], None]]:
        return {"upc.inbound.reply": self.reply, "upc.case-file-note.issued": self.note}

    def obey(self, order: Data) -> Coroutine[Any, Any, None]:
        return self.report(order) if "reference_of" in order else self.at_its_time(order)

    async def at_its_time(self, item: Data) -> None:
        await self.until(item["at"])
        self.own |= {item["key"], str(item.get("value", {}).get("cps_urn"))}
        await self.send(item)

    async def report(self, item: Data) -> None:
        """A breach report, once the case file says that there is a decision."""
        await self.until(item["at"])
        await self.when(lambda: item["after_decision_on"] in self.decided)
        item["value"]["reference"] = self.references[item["reference_of"]]
        await self.at_its_time(item)

    def reply(self, data: Data) -> None:
        if data.get("external_id") in self.own:
            self.references[data["external_id"]] = data.get("reference")
            self.ledger.write(did="got", what="reply", **{name: data.get(name) for name in REPLY})

    def note(self, data: Data) -> None:
        if data["cps_urn"] in self.own:
            self.ledger.write(did="got", what="note", **{name: data.get(name) for name in NOTE})
            self.decided |= {data["cps_urn"]} if data["step"] == "decided" else set()


if __name__ == "__main__":
    run(Police)
