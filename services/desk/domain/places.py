"""Which prison has a prisoner, as far as the services have said: who sees what (R20)."""

from datetime import datetime

from shared.domain.identifiers import PrisonId
from shared.events.envelope import Moment
from shared.events.form import Form


class Place(Form):
    """A prison, as of the instant at which a service said so."""

    prison_id: PrisonId
    as_of: Moment


def newest(*places: Place | None) -> Place | None:
    """What was said last, whichever was heard first."""
    return max((place for place in places if place), key=lambda place: place.as_of, default=None)


def at(prison_id: str, as_of: datetime) -> Place:
    return Place(prison_id=prison_id, as_of=as_of)
