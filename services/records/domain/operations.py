"""What those who run the platform did by hand: kept, though its topic lets go of it."""

from shared.events.envelope import Moment
from shared.events.operations import Did
from shared.runtime.work import State


class Operation(State):
    """One of them. Nothing of it is about a requester, protected person or prisoner."""

    COLLECTION = "operations"

    did: Did
    subject: str
    by: str
    reason: str
    at: Moment
