"""The people in a prison who decide: on requests, on reviews, on what to do about a breach."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from demo.clients.organisation import Data

if TYPE_CHECKING:
    from demo.clients.estate import Estate

DECISIONS = "upc.inbound.prison-decisions.v1"
THINKING = 35
"""Simulated minutes, at most and after the first five, until a request is decided."""
YES: Data = {"verdict": "authorise", "left_out": [], "ask_first": False}
REFUSAL = "The contact is allowed by an order of the family court."


class Governor:
    """Decides everything that comes to the prisons of one estate, as its work says; what it does not say is authorised."""

    def __init__(self, estate: "Estate") -> None:
        self.estate = estate
        self.decided = set[str]()

    def routed(self, request: Data) -> None:
        if self.estate.concerned(request) and request["request_id"] not in self.decided:
            self.decided.add(request["request_id"])
            self.estate.start(self.decide(request))

    def review_opened(self, review: Data) -> None:
        if self.estate.concerned(review):
            self.estate.start(self.review(review))

    def alerted(self, breach: Data) -> None:
        if self.estate.concerned(breach):
            self.estate.ledger.write(did="got", what="alert", **{name: breach.get(name) for name in ALERT})
            self.estate.start(self.act_on(breach))

    async def decide(self, request: Data) -> None:
        """One decision for the whole request where all its people are judged alike, else one for each block."""
        known = self.estate.work["verdicts"].get(request["prisoner_number"], {})
        people = [(block, known.get(block["person"]["name"], YES)) for block in request["proposed"]]
        await self.estate.clock.minutes(5 + crc32(request["request_id"].encode()) % THINKING)
        if any(verdict["ask_first"] for _, verdict in people):
            await self.say(
                request, {"outcome": "ask_for_more", "reason": "Which of the numbers is the protected person's own?"}
            )
            await self.estate.clock.minutes(20)
        alike = all(verdict == people[0][1] for _, verdict in people)
        for block, verdict in people[:1] if alike else people:
            about = {} if alike else {"block_id": block["block_id"]}
            judged = [self._judged(request, b, v) for b, v in people if alike or b is block]
            await self.say(request, about | self._outcome(verdict), people=judged)

    async def review(self, review: Data) -> None:
        await self.estate.clock.minutes(25)
        await self.say(review, {"outcome": "keep", "review_id": review["review_id"]})

    async def act_on(self, breach: Data) -> None:
        """Does what the alert offers first, and says yes to a new contact point."""
        await self.estate.clock.minutes(10)
        about = {"breach_id": breach["breach_id"]}
        await self.say(breach, about | {"outcome": "record_action", "action": breach["actions"][0]})
        if breach.get("proposed_contact_point"):
            await self.say(breach, about | {"outcome": "authorise"}, joined=breach["proposed_contact_point"])

    async def withdraw(self, number: str) -> None:
        """Somebody changed their mind, and the prison made sure that it is them."""
        held = self.estate.pin_phones.lists[number]
        about = {"prisoner_number": number, "prison_id": held["prison_id"]}
        for block in held["blocks"]:
            item = {"outcome": "withdraw", "block_id": block["block_id"], "reason": "Asked for by the protected person"}
            await self.say(about, item, withdrawn=block["block_id"])

    async def say(self, about: Data, item: Data, **note: Any) -> None:
        """Publishes a decision."""
        self.estate.decisions += 1
        now = self.estate.clock.now()
        decision = {
            "decision_id": f"{self.estate.work['name']}-{self.estate.work['run']}-{self.estate.decisions}",
            "prisoner_number": about["prisoner_number"],
            "prison_id": about["prison_id"],
            "excluded_contact_points": [],
            "decided_by": "Governor",
            "decided_at": (now - timedelta(seconds=1)).isoformat(),
        }
        named = {"request_id": about["request_id"]} if "people" in note or item["outcome"] == "ask_for_more" else {}
        key, sent = decision["prisoner_number"], decision | named | item
        await self.estate.wire.send(DECISIONS, key, sent, sent["decision_id"], decision=sent, **note)

    def _judged(self, request: Data, block: Data, verdict: Data) -> Data:
        return {
            "request_id": request["request_id"],
            "block_id": block["block_id"],
            "name": block["person"]["name"],
            **verdict,
        }

    def _outcome(self, verdict: Data) -> Data:
        if verdict["verdict"] == "refuse":
            return {"outcome": "refuse", "reason": REFUSAL}
        return {"outcome": "authorise", "excluded_contact_points": verdict["left_out"]}


ALERT = ("breach_id", "block_id", "prisoner_number", "prison_id", "proposed_contact_point", "prosecution_points")
