"""What agencies send in over Kafka, as it came: intake answers each on the replies topic (R3, R29)."""

from typing import Any

from pydantic import ConfigDict

from shared.events import topics
from shared.events.envelope import LONGEST_NAME, Event, derive_id


class Submission(Event):
    """A body of an agency as it came; intake finds every fault in it and answers each on the replies topic."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        return dict(self.model_extra or {})

    @property
    def external_id(self) -> str | None:
        """What its sender calls it; None where that is no name."""
        external_id = self.body.get("external_id")
        named = isinstance(external_id, str) and external_id.strip() and len(external_id) <= LONGEST_NAME
        return external_id if named else None

    def own_id(self) -> str | None:
        """Names these words, not only their sender's name for them: put right, they are sent under the same name again (R5)."""
        return derive_id(self.external_id, self.model_dump_json()) if self.external_id else None


class ContactRequestReceived(Submission):
    """A contact request of police or probation: a `shared.events.form.ContactRequest` once found complete.

    Operators at the desk send in what callers ask for (R4), with `came_by` beside it: `telephone` or `email`; with `email`,
    `came_at` is when the mail came, from which its clock runs (R8).
    """

    TOPIC = topics.INBOUND_CONTACT_REQUESTS
    TYPE = "upc.inbound.contact-request"


class BreachReportReceived(Submission):
    """A breach report of police or probation: a `shared.events.breaches.BreachReport` once found complete (R29)."""

    TOPIC = topics.INBOUND_BREACH_REPORTS
    TYPE = "upc.inbound.breach-report"
