"""What agencies send in over Kafka, as it came: intake answers each on the replies topic (R3, R29)."""

from typing import Any

from pydantic import ConfigDict

from shared.events import topics
from shared.events.envelope import Event


class Submission(Event):
    """A body of an agency as it came; intake finds every fault in it and answers each on the replies topic."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        return dict(self.model_extra or {})

    def key(self) -> str:
        """The sender's choice; ours is what names it."""
        return self.own_id() or ""

    def own_id(self) -> str | None:
        external_id = self.body.get("external_id")
        return external_id if isinstance(external_id, str) and external_id.strip() else None


class ContactRequestReceived(Submission):
    """A contact request of police or probation: a `shared.events.form.ContactRequest` once found complete."""

    TOPIC = topics.INBOUND_CONTACT_REQUESTS
    TYPE = "upc.inbound.contact-request"


class BreachReportReceived(Submission):
    """A breach report of police or probation: a `shared.events.breaches.BreachReport` once found complete (R29)."""

    TOPIC = topics.INBOUND_BREACH_REPORTS
    TYPE = "upc.inbound.breach-report"
