"""A prison estate: it holds prisoners in its prisons, decides, keeps PIN phones, moves people, and tells about all of it.

`python -m demo.clients.estate WORK LEDGER ORDERS`
"""

import os
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar

from demo.clients.governor import Governor
from demo.clients.http import Http
from demo.clients.organisation import Data, Organisation, run
from demo.clients.pin_phones import PinPhones
from demo.clients.reception import Reception

NOTICE = ("notice_id", "prisoner_number", "prison_id", "name", "at")


class Estate(Organisation):
    """One estate's systems for a day: the governors' desks, the PIN phones, reception.

    Requests are for the desks alone to read, handovers for the probation officer who asks for a recall.
    """

    SOURCE = "urn:demo:estate"
    PARTY = "estate"
    READS: ClassVar = {
        PARTY: (
            "upc.block-lists.v1",
            "upc.reviews.v1",
            "upc.breach-alerts.v1",
            "upc.social-contacts.v1",
            "upc.prisoner-notices.v1",
        ),
        "desk": ("upc.contact-requests.v1",),
        "probation": ("upc.handovers.v1",),
    }

    def begin(self) -> None:
        self.prisons, self.everybody, self.decisions = set(self.work["prisons"]), set(self.work["everybody"]), 0
        self.governor, self.pin_phones, self.reception = Governor(self), PinPhones(self), Reception(self)
        self.blocking = Http(os.environ["BLOCKING_URL"], "estate")
        for item in self.work["asks"]:
            self.start(self.pin_phones.try_contact(item))
        for journey in self.work["journeys"]:
            self.start(self.reception.journey(journey))
        for item in self.work["poison"]:
            self.start(self.spoil(item))
        self.start(self.tell_who_is_here())

    def handlers(self) -> Mapping[str, Callable[[Data], None]]:
        return {
            "upc.contact-request.routed": self.governor.routed,
            "upc.block-list.changed": self.pin_phones.list_changed,
            "upc.review.opened": self.governor.review_opened,
            "upc.breach.reported": self.governor.alerted,
            "upc.social-contact.decided": self.pin_phones.contact_decided,
            "upc.prisoner-notice.issued": self.notice,
            "upc.handover.issued": self.reception.handed_over,
        }

    def obey(self, order: Data) -> Coroutine[Any, Any, None]:
        orders: dict[str, Callable[[Data], Coroutine[Any, Any, None]]] = {
            "try contact": self.pin_phones.try_contact,
            "check": lambda item: self.pin_phones.check(item["number"], item["asked"], item["expect"]),
            "journey": self.reception.journey,
            "take stock": self.take_stock,
        }
        return orders[order["do"]](order)

    def of_this_run(self, number: str) -> bool:
        """Whether any estate's register of this run has the prisoner: the topics may hold older things."""
        return number in self.everybody

    def concerned(self, event: Data) -> bool:
        """Whether an event is about somebody in one of this estate's prisons."""
        return event["prison_id"] in self.prisons and self.of_this_run(event["prisoner_number"])

    def notice(self, notice: Data) -> None:
        if self.concerned(notice):
            self.ledger.write(did="got", what="notice", notice=notice)

    async def tell_who_is_here(self) -> None:
        """The register as it was this morning, and the social contacts that prisoners have already."""
        for record in self.work["prisoners"]:
            await self.wire.post("upc.inbound.prisoners.v1", record["prisoner_number"], record)
        for item in self.work["contacts"]:
            note = {"protected": item["protected"], "name": item["contact"]["name"]}
            await self.pin_phones.contact(item["number"], item["contact"], "added", **note)
        self.ledger.write(did="told who is here", prisoners=len(self.work["prisoners"]))

    async def spoil(self, item: Data) -> None:
        await self.until(item["at"])
        await self.send(item)

    async def take_stock(self, _: Data) -> None:
        self.ledger.write(did="took stock", **self.pin_phones.stock())


if __name__ == "__main__":
    run(Estate)
