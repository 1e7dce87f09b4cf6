"""How far the audit log has come, kept outside the database that it lies in: `upc.audit-anchors.v1`."""

from shared.events import topics
from shared.events.envelope import Event, Moment


class AuditAnchored(Event):
    """A chain of a service's audit log has `sequence` as its newest page, with that hash (SHA-256, hexadecimal)."""

    TOPIC = topics.AUDIT_ANCHORS
    TYPE = "upc.audit.anchored"

    service: str
    chain: str
    sequence: int
    hash: str
    at: Moment
