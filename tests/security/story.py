"""One request, from the form to the block, as outside parties play it."""

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import uuid1

from shared.events import topics
from tests.intake import forms
from tests.security.conftest import Platform
from tests.support.outside import Seen
from tests.support.smtp import ReceivedMail
from tests.support.waiting import become

REQUESTS = topics.CONTACT_REQUESTS.name
_numbers = count(1000)


class Case:
    """A prisoner at Leeds whom nobody else asks about, and a requester with a mailbox of their own."""

    def __init__(self, platform: Platform) -> None:
        self.platform, some = platform, uuid1().hex[:12]
        self.number, self.prisoner = f"S{next(_numbers)}EC", f"John {some}"
        self.mailbox = f"{some}@example.org"
        self.request_id = self.reference = ""

    async def recorded(self) -> None:
        """The register knows the prisoner."""
        first, last = self.prisoner.split()
        record = {"prisoner_number": self.number, "first_name": first, "last_name": last, "date_of_birth": "1990-01-31"}
        await self.send(
            topics.INBOUND_PRISONERS, record | {"prison_id": "LEI", "status": "in_custody", "as_of": self.now}
        )

    async def asked(self, **changes: Any) -> None:
        """A victim asks, by HTTP."""
        requester = {"name": "Jane Example", "role": "victim", "email": self.mailbox} | changes.pop("requester", {})
        whom = {"name": self.prisoner, "number": self.number}
        body = forms.request(requester=requester, consent="self", grounds=None, prisoner=whom, **changes)
        answer = await self.platform.http("intake").post("/api/v1/contact-requests", json=body)
        assert answer.status_code == 202, answer.text
        self.request_id, self.reference = answer.json()["request_id"], answer.json()["reference"]

    async def routed(self) -> Seen:
        """Blocking has heard of it, too: a decision that came before would be tried again after those behind it."""
        routed = await self.platform.party.one(REQUESTS, type="upc.contact-request.routed", request_id=self.request_id)
        await self.platform.party.handled("blocking", REQUESTS, routed.key, routed.type)
        return routed

    async def decided(self, outcome: str, **others: Any) -> None:
        """The prison says so about the whole request, or what `others` name."""
        decision = {"decision_id": uuid1().hex, "request_id": self.request_id, "prisoner_number": self.number}
        said = {"prison_id": "LEI", "outcome": outcome, "decided_by": "Governor", "decided_at": self.now}
        await self.send(topics.INBOUND_PRISON_DECISIONS, decision | said | others)

    async def listed(self, version: int = 1) -> Any:
        where: dict[str, Any] = {"prisoner_number": self.number, "version": version}
        return (await self.platform.party.one(topics.BLOCK_LISTS.name, **where)).data

    async def send(self, topic: topics.Topic, data: dict[str, Any]) -> None:
        await self.platform.party.send(topic.name, data, key=self.number)

    async def mails(self, count: int) -> Sequence[ReceivedMail]:
        """The first `count` mails to the requester's mailbox."""
        await become(lambda: len(self._mails()) >= count)
        return self._mails()

    @property
    def now(self) -> str:
        return self.platform.now()

    def _mails(self) -> list[ReceivedMail]:
        return [mail for mail in self.platform.mail.mails if self.mailbox in mail.recipients]
