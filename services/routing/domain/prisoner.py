"""The register: who a prisoner is, and where they are now by what happened last (R25, R37, R38)."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.routing.domain.words import words_of
from shared.domain.identifiers import Crn, PrisonerNumber, PrisonId
from shared.domain.names import canonical_name
from shared.domain.rules import Rules
from shared.events.envelope import Moment
from shared.events.inbound import CustodyStatus, Movement, PrisonerMoved, PrisonerRecorded
from shared.runtime.work import State

MERGED, DIED, ABSCONDED = "MRG", "DEC", "UAL"


class Whereabouts(StrEnum):
    """Where a prisoner is, as far as routing is concerned. Of two at the same instant the later one here counts."""

    UNKNOWN = "unknown"
    IN_TRANSIT = "in_transit"
    RELEASED = "released"
    IN_CUSTODY = "in_custody"
    DEAD = "dead"


class Place(BaseModel):
    """Where a prisoner was at one instant; `prison_id` is the prison that holds them, or the one they left."""

    model_config = ConfigDict(frozen=True)

    as_of: Moment
    whereabouts: Whereabouts
    prison_id: PrisonId | None = None


class Record(BaseModel):
    """What the register says of one prisoner number."""

    model_config = ConfigDict(frozen=True)

    number: PrisonerNumber
    names: tuple[str, ...]
    date_of_birth: date | None
    crn: Crn | None
    place: Place


class Prisoner(State):
    """One prisoner number, which may be waited for before anything is known of it (no `records`).

    `records` has its own and those of the numbers that were merged into it, own first; `moved` is the latest movement and `held`
    the latest news that named a prison. `out_since` is when their release was heard of, or happened if that is later; None also
    where the register had them as released from the first. `hanging` are the ids of requests and breach reports that wait for
    news of this number; `merged_into` carries everything of a removed number (R11). After `over_at` nothing of them is
    kept (R48).
    """

    COLLECTION = "prisoners"

    number: PrisonerNumber
    records: tuple[Record, ...] = ()
    moved: Place | None = None
    held: Place | None = None
    out_since: Moment | None = None
    hanging: tuple[str, ...] = ()
    merged_into: PrisonerNumber | None = None
    over_at: Moment | None = None

    def due(self) -> datetime | None:
        return self.over_at

    def over(self, rules: Rules) -> datetime | None:
        """When nothing is kept of who is out, and for whom nothing waits; None while they are in prison, or something does."""
        out = self.place if self.whereabouts in (Whereabouts.RELEASED, Whereabouts.DEAD) else None
        waits = self.hanging or self.merged_into
        return rules.kept_until(out.as_of, rules.prisoner_kept_days) if out and not waits else None

    @property
    def known(self) -> bool:
        """Whether the register has a record of them."""
        return bool(self.records) and self.merged_into is None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for record in self.records for name in record.names))

    @property
    def date_of_birth(self) -> date | None:
        return next((record.date_of_birth for record in self.records if record.date_of_birth), None)

    @property
    def crn(self) -> Crn | None:
        return next((record.crn for record in self.records if record.crn), None)

    @property
    def place(self) -> Place | None:
        """The latest news of where they are, in whatever order it came (R25)."""
        return latest(self.moved, *(record.place for record in self.records if self._tells(record)))

    @property
    def whereabouts(self) -> Whereabouts:
        return self.place.whereabouts if self.place else Whereabouts.UNKNOWN

    @property
    def prison_id(self) -> PrisonId | None:
        """The prison that holds them, or the last one that did."""
        place = self.place if self.place and self.place.prison_id else self.held
        return place.prison_id if place else None

    @property
    def place_as_of(self) -> Moment | None:
        return self.place.as_of if self.place else None

    def unsettled(self, now: datetime, rules: Rules) -> datetime | None:
        """Until when their release may still be taken back, so that nobody is told of it (R38); None where it has settled."""
        settles = rules.settled_at(self.out_since) if self.out_since else None
        return settles if settles and settles > now else None

    def lookups(self) -> Iterable[str]:
        return words_of(self.names, self.date_of_birth) if self.known else ()

    def without(self, waiting: str) -> "Prisoner":
        return self.but(hanging=tuple(other for other in self.hanging if other != waiting))

    def having(self, waiting: str) -> "Prisoner":
        return self.but(hanging=(*self.without(waiting).hanging, waiting))

    def _tells(self, record: Record) -> bool:
        """A removed number's record says that it is no longer in use, not that anybody went free."""
        return record.number == self.number or record.place.whereabouts is Whereabouts.IN_CUSTODY


def latest(*places: Place | None) -> Place | None:
    """What happened last (R25), whichever was heard first."""
    return max((place for place in places if place), key=_when, default=None)


def recorded(state: Prisoner, event: PrisonerRecorded, now: datetime) -> Prisoner:
    """What the prison estate's register says of this number or of one merged into it; the newest `as_of` of each counts."""
    before = state.whereabouts
    place = Place(as_of=event.as_of, whereabouts=_whereabouts(event), prison_id=event.prison_id)
    state = _named(state, place)
    if any(old.number == event.prisoner_number and old.place.as_of >= event.as_of for old in state.records):
        return state
    middle = f" {event.middle_names} " if event.middle_names else " "
    names = (f"{event.first_name} {event.last_name}", f"{event.first_name}{middle}{event.last_name}", *event.aliases)
    record = Record(
        number=event.prisoner_number,
        names=tuple(dict.fromkeys(canonical_name(name) for name in names)),
        date_of_birth=event.date_of_birth,
        crn=event.crn,
        place=place,
    )
    others = (old for old in state.records if old.number != record.number)
    after = state.but(records=_own_first(state.number, (record, *others)))
    return _timed(after, place, now, released=before not in (Whereabouts.UNKNOWN, Whereabouts.RELEASED))


def moved(state: Prisoner, event: PrisonerMoved, now: datetime) -> Prisoner:
    """A reception or release. Receptions count at once in any dialect; only an authoritative release ends custody (R38).

    Court, hospital and other temporary absences change nothing (R24), nor does absconding or the trace of a merge.
    """
    where = _after(event)
    if where is None:
        return state
    place = Place(as_of=event.occurredAt, whereabouts=where, prison_id=event.additionalInformation.prisonId)
    after, state = latest(state.moved, place), _named(state, place)
    if after == state.moved:
        return state
    state = state.but(moved=after)
    return _timed(state, place, now, released=state.place == place)


def merged(kept: Prisoner, removed: Prisoner) -> tuple[Prisoner, Prisoner]:
    """Everything of the removed number hangs on the kept one, its names and whereabouts included (R11, R39)."""
    together = kept.but(
        records=_own_first(kept.number, (*kept.records, *removed.records)),
        moved=latest(kept.moved, removed.moved),
        held=latest(kept.held, removed.held),
        hanging=tuple(dict.fromkeys(kept.hanging + removed.hanging)),
        out_since=max((since for since in (kept.out_since, removed.out_since) if since), default=None),
    )
    together = together if together.whereabouts is Whereabouts.RELEASED else together.but(out_since=None)
    return together, Prisoner(number=removed.number, merged_into=kept.number)


def _timed(state: Prisoner, news: Place, now: datetime, released: bool) -> Prisoner:
    """With the time from which a release settles, where `news` tells of one; offender events speak some 45 minutes late (R37)."""
    if state.whereabouts is not Whereabouts.RELEASED:
        return state.but(out_since=None)
    return state.but(out_since=max(news.as_of, now)) if released else state


def _when(place: Place) -> tuple[Moment, int, str]:
    return place.as_of, list(Whereabouts).index(place.whereabouts), place.prison_id or ""


def _own_first(number: str, records: Iterable[Record]) -> tuple[Record, ...]:
    def rank(record: Record) -> tuple[bool, Moment, str]:
        return record.number == number, record.place.as_of, record.number

    return tuple(sorted(records, key=rank, reverse=True))


def _named(state: Prisoner, place: Place) -> Prisoner:
    """A prison that is named is remembered for when the latest news names none."""
    held = latest(state.held, place) if place.prison_id else state.held
    return state if held == state.held else state.but(held=held)


def _whereabouts(event: PrisonerRecorded) -> Whereabouts:
    if event.status is CustodyStatus.IN_CUSTODY and event.prison_id is None:
        return Whereabouts.UNKNOWN
    return Whereabouts(event.status.value)


def _after(event: PrisonerMoved) -> Whereabouts | None:
    details = event.additionalInformation
    if event.movement is Movement.RECEIVED:
        return Whereabouts.IN_CUSTODY
    if details.reason == "TRANSFERRED":
        return Whereabouts.IN_TRANSIT
    if details.reason != "RELEASED" or not event.dialect.authoritative:
        return None
    endings = {MERGED: None, ABSCONDED: None, DIED: Whereabouts.DEAD}
    return endings.get(details.nomisMovementReasonCode or "", Whereabouts.RELEASED)
