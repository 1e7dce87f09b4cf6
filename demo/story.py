"""What happens to one woman on one day, told as it happens."""

from datetime import datetime, timedelta
from typing import Any

from demo.day import sent
from demo.people import spelt
from demo.stage import Stage, StoryBroken

__all__ = ["Story", "StoryBroken"]

ONE_NAME = {"notice_id", "prisoner_number", "prison_id", "name", "at"}


class Story(Stage):
    """One case from being asked for to the block's return after a recall. Clients are told to act; the topics tell the rest."""

    async def play(self) -> None:
        """Raises StoryBroken at the first step that does not come true."""
        self.prison = str(self.case.prisoner.prison_id)
        self.next_prison = next(prison for prison in self.planner.prisons[1::2] if prison in self.planner.mens)
        self.here, self.there = self.planner.names[self.prison], self.planner.names[self.next_prison]
        for minute, scene in (
            (15, self.asked),
            (20, self.authorised),
            (130, self.tries_again),
            (170, self.breach),
            (250, self.moved),
            (340, self.released),
            (430, self.recalled),
        ):
            await self.clock.until(self.clock.start + timedelta(minutes=minute))
            await scene()

    async def asked(self) -> None:
        """R2-R8, R26."""
        by = self.case.body["requester"]
        self.tell(
            f"{by['organisation']} asks that {self.case.prisoner.name}, in {self.here} prison, must not contact "
            f"{self.person['name']}. She has not consented: there will be a review whenever he moves."
        )
        self.cast.order("police", sent(self.case) | {"at": self.planner.at(0)})
        reply = await self.event("upc.inbound.reply", external_id=self.case.external_id)
        self.expect(reply.data["outcome"] == "accepted", "the request was not accepted")
        self.request_id = reply.data["request_id"]
        self.tell(f"The request is taken in, under the reference {reply.data['reference']}.")
        await self.mail("received your request")
        routed = await self.event("upc.contact-request.routed", request_id=self.request_id)
        self.expect(routed.data["prison_id"] == self.prison, "the request went to another prison")
        self.tell(f"It is at {self.here}; by rule it had to be there by {by_clock(routed.data['deadline'])}.")

    async def authorised(self) -> None:
        """R12-R16, R26."""
        decided = await self.event("upc.block.authorised", request_id=self.request_id)
        self.block_id = decided.data["block_id"]
        self.tell("The governor looks at it and authorises the block.")
        listed = await self.list_with(self.person["points"][0])
        self.tell(f"Version {listed.data['version']} of his block list goes to PIN phones, mail room and video calls.")
        off = await self.event("upc.social-contact.decided", prisoner_number=self.number, outcome="removed")
        self.tell(f"Her number is taken off his social contacts list (it matched on {off.data['matched_on']}).")
        await self.event("upc.block.implemented", block_id=self.block_id, prison_id=self.prison)
        self.tell(f"{self.here} acknowledges: the block is in force.")
        await self.mail("is in place")
        notice = await self.event("upc.prisoner-notice.issued", prisoner_number=self.number)
        self.expect(set(notice.data) == ONE_NAME, "the notice says more than a name")
        self.tell(f"He is told a name and nothing else: {notice.data['name']}.")

    async def tries_again(self) -> None:
        """R15, R19, R44."""
        respelt = spelt(self.planner.random, self.person["points"][0])
        self.tell(f"He asks for a “J Smith” on {respelt}, which is her number written another way …")
        contact: dict[str, Any] = {
            "contact_id": f"{self.case.external_id}-try",
            "name": "J Smith",
            "relationship": "friend",
        }
        contact |= {"kind": "social", "phones": [respelt], "addresses": [], "emails": []}
        expect = {"outcome": "refused", "matched_on": "phone"}
        item = {
            "number": self.number,
            "after": [self.person["name"]],
            "contact": contact,
            "allowed": False,
            "expect": expect,
        }
        self.cast.order("estate-1", {"do": "try contact", **item})
        checked = await self.checked()
        self.expect(checked["allowed"] is False, "the contact check allowed the number")
        self.tell(f"… the phones ask over HTTP whether he may ring it: no (it matched on {checked['matched_on']}) …")
        decided = await self.event("upc.social-contact.decided", contact_id=contact["contact_id"])
        self.expect(decided.data["outcome"] == "refused", "the number was not refused")
        self.tell("… and the contact is refused.")

    async def breach(self) -> None:
        """R29-R31."""
        self.tell("She is rung all the same, from a number nobody knew. The police report it.")
        report = self.planner.breach(self.case, self.tried_number)
        about = {"reference_of": self.case.external_id, "after_decision_on": self.case.expect["cps_urn"]}
        self.cast.order("police", report | about | {"at": self.planner.at(0)})
        alert = await self.event("upc.breach.reported", prisoner_number=self.number)
        actions, points = (said(alert.data[name]) for name in ("actions", "prosecution_points"))
        self.tell(f"{self.here} is alerted; it can do: {actions}. For police and CPS: {points}.")
        listed = await self.list_with(self.tried_number)
        self.tell(f"The prison says yes to the new number: it joins the block in version {listed.data['version']}.")

    async def moved(self) -> None:
        """R20-R22, R40."""
        self.tell(f"He is moved from {self.here} to {self.there}, which belongs to the other estate.")
        step = {"do": "transfer", "to": self.next_prison, "style": "plain"}
        self.journey("estate-1", step, self.prison, after=(self.person["name"],))
        listed = await self.event("upc.block-list.changed", prisoner_number=self.number, prison_id=self.next_prison)
        self.expect(self.prison in listed.data["also_held_by"], "for a moment no prison held the block")
        self.tell(f"His list goes to {self.there}; {self.here} keeps it until that one has acknowledged it.")
        await self.event("upc.block.implemented", block_id=self.block_id, prison_id=self.next_prison)
        self.tell(f"{self.there} acknowledges.")
        review = await self.event("upc.review.opened", block_id=self.block_id, kind="movement")
        self.tell("A review of the movement is open, because she did not consent.")
        decided = await self.event("upc.review.decided", review_id=review.data["review_id"])
        self.expect(decided.data["outcome"] == "keep", "the review did not keep the block")
        self.tell("The new prison keeps the block.")

    async def released(self) -> None:
        """R23, R38."""
        self.tell("He is released. What can't be undone waits until the release has settled.")
        self.journey("estate-2", {"do": "release"}, self.next_prison)
        handover = await self.event("upc.handover.issued", prisoner_number=self.number)
        breaches = len(handover.data["breaches"])
        self.expect(breaches == 1, "the handover does not have the breach")
        self.tell(f"Handed over: probation (CRN {handover.data['crn']}) has the block, its history and the breach.")
        await self.mail("released")

    async def recalled(self) -> None:
        """R23, R30."""
        self.tell("He is recalled to prison. Nobody asks again …")
        version = max(event.data["version"] for event in self.lists())
        self.journey("estate-2", {"do": "recall"}, self.next_prison)
        back = await self.list_after(version)
        (block,) = back.data["blocks"]
        self.expect(self.tried_number in block["phones"], "the number from the breach is missing")
        prison = self.planner.names[back.data["prison_id"]]
        self.tell(f"… and the block is back at {prison}, with both of her numbers. That is the end of the story.")


def said(things: list[str]) -> str:
    return ", ".join(thing.replace("_", " ") for thing in things) or "nothing"


def by_clock(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%A %H:%M}"
