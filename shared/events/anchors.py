"""How far the audit log has come, kept outside the database that it lies in: `upc.audit-anchors.v1`."""

from shared.events import topics
from shared.events.envelope import Event, Moment


class AuditAnchored(Event):
    """A chain of a service's audit log has `sequence` as its newest page, with that hash (SHA-256, hexadecimal).

    It begins at page `begins`: what came before was kept for its time, and let go.
    """

    TOPIC = topics.AUDIT_ANCHORS
    TYPE = "upc.audit.anchored"
    ABOUT_PEOPLE = False

    service: str
    chain: str
    sequence: int
    hash: str
    begins: int = 0
    at: Moment
