"""What the central team asks for over HTTP."""

from services.records.domain.keeping import Ground
from shared.events.envelope import Event


class PlaceHold(Event):
    """The case is kept, by every service, until this hold is lifted."""

    TYPE = "place-hold"

    case_id: str
    reason: str
    placed_by: str


class LiftHold(Event):
    """The hold is not needed any more. The reason goes into the story of the case."""

    TYPE = "lift-hold"

    case_id: str
    hold_id: str
    reason: str
    lifted_by: str


class Erase(Event):
    """Somebody asked that the case is let go."""

    TYPE = "erase"

    case_id: str
    ground: Ground
