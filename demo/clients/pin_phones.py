"""An estate's PIN phones: the block lists that they go by, and the numbers that prisoners may ring."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from demo.clients.organisation import Data

if TYPE_CHECKING:
    from demo.clients.estate import Estate

ACKNOWLEDGEMENTS, CONTACTS = "upc.inbound.block-acknowledgements.v1", "upc.inbound.social-contacts.v1"
PUTTING_IN = 10
"""Simulated minutes until a new list is in force on the phones."""
WHAT_A_LIST_SAYS = ("version", "prison_id", "also_held_by", "merged_into", "as_of", "blocks")


class PinPhones:
    """What the phones of one estate go by: read from nothing, put right by every record, older ones thrown away.

    `contacts` are outcomes by prisoner and contact; `lists`, the newest list of every prisoner that one of the estate's
    prisons has to enforce, the one that they left included until the next one has it (R40).
    """

    def __init__(self, estate: "Estate") -> None:
        self.estate = estate
        self.lists: dict[str, Data] = {}
        self.contacts: dict[str, dict[str, str]] = {}
        self._versions: dict[str, int] = {}

    def list_changed(self, new: Data) -> None:
        number, prisons = new["prisoner_number"], self.estate.prisons
        if not self.estate.of_this_run(number) or new["version"] <= self._versions.get(number, 0):
            return
        self._versions[number] = new["version"]
        if new["prison_id"] in prisons or prisons & set(new.get("also_held_by", ())):
            self.lists[number] = new
        else:
            self.lists.pop(number, None)
        if new["prison_id"] in prisons:
            self.estate.start(self.put_in_force(new))

    def holds(self, number: str, names: list[str]) -> bool:
        """Whether a list of this estate blocks all of these people for the prisoner."""
        held = self.lists.get(number, {"blocks": []})
        return set(names) <= {block["name"] for block in held["blocks"]}

    def holds_nothing(self, number: str) -> bool:
        return not self.lists.get(number, {"blocks": []})["blocks"]

    def contact_decided(self, decided: Data) -> None:
        number = decided["prisoner_number"]
        if self.estate.of_this_run(number):
            self.contacts.setdefault(number, {})[decided["contact_id"]] = decided["outcome"]
            self.estate.ledger.write(did="got", what="contact", **{name: decided.get(name) for name in OUTCOME})

    async def put_in_force(self, new: Data) -> None:
        """Puts a version on the phones and says so; with one in forty the first try fails."""
        await self.estate.clock.minutes(PUTTING_IN)
        if int(new["prisoner_number"][1:5]) % 40 == 0:
            await self.acknowledge(new, "failed", "The switch did not answer")
            await self.estate.clock.minutes(PUTTING_IN)
        await self.acknowledge(new, "implemented", None)

    async def acknowledge(self, held: Data, outcome: str, reason: str | None) -> None:
        said = {name: held[name] for name in ("prisoner_number", "prison_id", "version")}
        at = (self.estate.clock.now() - timedelta(seconds=1)).isoformat()
        said |= {"outcome": outcome, "reason": reason, "at": at}
        await self.estate.wire.send(ACKNOWLEDGEMENTS, said["prisoner_number"], said, acknowledgement=said)

    async def contact(self, number: str, contact: Data, change: str, **note: Any) -> None:
        """Tells that a contact was asked for, or was there already."""
        at = (self.estate.clock.now() - timedelta(seconds=1)).isoformat()
        event_id = f"{contact['contact_id']}-{change}"
        told = {"event_id": event_id, "prisoner_number": number, "change": change, "at": at, "contact": contact}
        sent = {"number": number, "contact_id": contact["contact_id"], "change": change, **note}
        await self.estate.wire.send(CONTACTS, number, told, event_id, contact=sent)

    async def try_contact(self, item: Data) -> None:
        """What a prisoner tries once the people named are blocked."""
        number, names = item["number"], item["after"]
        await self.estate.when(lambda: self.holds(number, names))
        await self.estate.clock.minutes(15)
        if item["allowed"] is not None:
            await self.check(number, {"phone": item["contact"]["phones"][0]}, item["allowed"])
        await self.contact(number, item["contact"], "requested", expect=item["expect"])

    async def check(self, number: str, asked: Data, expect: bool) -> None:
        """May this prisoner ring this number? (R19) Asked again while the answer is from an older list than this estate has."""
        newest = self._versions.get(number, 0)
        while True:
            answer = (await self.estate.blocking.get(f"/api/v1/prisoners/{number}/contact-check", **asked)).json()
            if (answer.get("version") or 0) >= newest:
                break
            await self.estate.clock.minutes(1)
        told = {name: answer.get(name) for name in ("allowed", "matched_on", "block_id", "version")}
        self.estate.ledger.write(did="checked", number=number, by=[*asked], expect=expect, **told)

    def stock(self) -> Data:
        """Everything that the phones go by now."""
        lists = {number: {name: held.get(name) for name in WHAT_A_LIST_SAYS} for number, held in self.lists.items()}
        return {"prisons": sorted(self.estate.prisons), "lists": lists, "contacts": self.contacts}


OUTCOME = ("prisoner_number", "contact_id", "outcome", "matched_on", "block_id")
