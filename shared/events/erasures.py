"""What is let go of: `upc.erasures.v1`."""

from enum import StrEnum

from shared.domain.identifiers import PrisonerNumber
from shared.events import topics
from shared.events.envelope import Event, Moment


class ErasedBecause(StrEnum):
    """Why a case is let go: its time is over, or somebody asked."""

    RETENTION = "retention"
    ASKED = "asked"


class CaseErased(Event):
    """A case is let go: whoever keeps anything of it forgets it. Carries ids and nothing else about anybody.

    A breach report that was never joined to a request is a case by itself: `request_id` is then its breach id.
    """

    TOPIC = topics.ERASURES
    TYPE = "upc.case.erased"

    request_id: str
    reference: str | None
    prisoner_number: PrisonerNumber | None
    block_ids: tuple[str, ...]
    breach_ids: tuple[str, ...]
    because: ErasedBecause
    at: Moment
