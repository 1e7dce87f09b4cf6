"""The register: who a prisoner is, and where they are now by what happened last (R25, R37, R38)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from services.routing.domain.words import words_of
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.domain.names import canonical_name
from shared.events.envelope import Moment
from shared.events.inbound import CustodyStatus, Movement, PrisonerMoved, PrisonerRecorded
from shared.runtime.work import State

MERGED, DIED, ABSCONDED = "MRG", "DEC", "UAL"


class Whereabouts(StrEnum):
    """Where a prisoner is, as far as routing is concerned."""

    UNKNOWN = "unknown"
    IN_CUSTODY = "in_custody"
    IN_TRANSIT = "in_transit"
    RELEASED = "released"
    DEAD = "dead"


class Prisoner(State):
    """One prisoner number. It may be waited for before anything is known of it (`names` empty).

    `requests` are those that wait for this number to be known, or for a reception; `merged_into` carries everything of a
    removed number (R11).
    """

    COLLECTION = "prisoners"

    number: PrisonerNumber
    names: tuple[str, ...] = ()
    date_of_birth: date | None = None
    crn: Crn | None = None
    recorded_as_of: Moment | None = None
    whereabouts: Whereabouts = Whereabouts.UNKNOWN
    prison_id: PrisonId | None = None
    place_as_of: Moment | None = None
    requests: tuple[str, ...] = ()
    merged_into: PrisonerNumber | None = None

    @property
    def known(self) -> bool:
        """Whether the register has a record of them."""
        return bool(self.names) and self.merged_into is None

    def lookups(self) -> Iterable[str]:
        return words_of(self.names, self.date_of_birth) if self.known else ()

    def at(self, where: Whereabouts, prison_id: str | None, as_of: Moment) -> "Prisoner":
        """Where they were at `as_of`, if nothing later is known (R25). Somewhere without a prison keeps the last one."""
        if self.place_as_of and as_of < self.place_as_of:
            return self
        return self.but(whereabouts=where, prison_id=prison_id or self.prison_id, place_as_of=as_of)


def recorded(state: Prisoner, event: PrisonerRecorded) -> Prisoner:
    """What the prison estate's register says; the newest `as_of` counts."""
    if state.recorded_as_of and event.as_of <= state.recorded_as_of:
        return state
    middle = f" {event.middle_names} " if event.middle_names else " "
    names = (f"{event.first_name} {event.last_name}", f"{event.first_name}{middle}{event.last_name}", *event.aliases)
    state = state.but(
        names=tuple(dict.fromkeys(canonical_name(name) for name in names)),
        date_of_birth=event.date_of_birth,
        crn=event.crn,
        recorded_as_of=event.as_of,
    )
    return state.at(_whereabouts(event), event.prison_id, event.as_of)


def _whereabouts(event: PrisonerRecorded) -> Whereabouts:
    if event.status is CustodyStatus.IN_CUSTODY and event.prison_id is None:
        return Whereabouts.UNKNOWN
    return Whereabouts(event.status.value)


def moved(state: Prisoner, event: PrisonerMoved) -> Prisoner:
    """A reception or release. Receptions count at once in any dialect; only an authoritative release ends custody (R38).

    Court, hospital and other temporary absences change nothing (R24), nor does absconding or the trace of a merge.
    """
    details = event.additionalInformation
    if event.movement is Movement.RECEIVED:
        return state.at(Whereabouts.IN_CUSTODY, details.prisonId, event.occurredAt)
    if details.reason == "TRANSFERRED":
        return state.at(Whereabouts.IN_TRANSIT, None, event.occurredAt)
    ended = details.reason == "RELEASED" and event.dialect.authoritative
    if not ended or details.nomisMovementReasonCode in (MERGED, ABSCONDED):
        return state
    died = details.nomisMovementReasonCode == DIED
    return state.at(Whereabouts.DEAD if died else Whereabouts.RELEASED, None, event.occurredAt)


def merged(kept: Prisoner, removed: Prisoner) -> tuple[Prisoner, Prisoner]:
    """Everything of the removed number hangs on the kept one, its names and whereabouts included (R11, R39)."""
    together = kept.but(
        names=tuple(dict.fromkeys(kept.names + removed.names)),
        date_of_birth=kept.date_of_birth or removed.date_of_birth,
        crn=kept.crn or removed.crn,
        requests=tuple(dict.fromkeys(kept.requests + removed.requests)),
    )
    if removed.place_as_of:
        together = together.at(removed.whereabouts, removed.prison_id, removed.place_as_of)
    return together, removed.but(requests=(), merged_into=kept.number)
