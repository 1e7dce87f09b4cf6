"""Who the prisoners are: found by number, and as somebody types a name (R9)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from shared.domain.identifiers import PrisonerNumber, PrisonId, canonical_prisoner_number
from shared.domain.names import canonical_name, similar_name
from shared.domain.rules import Rules
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.inbound import CustodyStatus, Movement, PrisonerMoved, PrisonerRecorded
from shared.runtime.work import State

FIRST_LETTERS = 3
"""Of each part of a name; fewer would find a tenth of all prisoners."""
MOST_SHOWN = 10


class Prisoner(State):
    """One prisoner number as the register has it, or where everything of it went in a merge (R11).

    `seen_in` is the latest that they were known to be in prison, `out_since` the latest release; after `over_at` nothing of
    them is kept (R48).
    """

    COLLECTION = "prisoners"

    number: PrisonerNumber
    name: str = ""
    aliases: tuple[str, ...] = ()
    date_of_birth: date | None = None
    prison_id: PrisonId | None = None
    status: CustodyStatus | None = None
    as_of: Moment | None = None
    merged_into: PrisonerNumber | None = None
    seen_in: Moment | None = None
    out_since: Moment | None = None
    over_at: Moment | None = None

    def due(self) -> datetime | None:
        """When nothing is kept of who is out (R48)."""
        return self.over_at

    @property
    def out(self) -> bool:
        """Whether they are known to have left prison since they were last known to be there."""
        return self.out_since is not None and (self.seen_in is None or self.out_since > self.seen_in)

    def seen(self, at: datetime, out: bool) -> "Prisoner":
        """News of being in prison, or out of it; older news than what is known changes nothing (R25)."""
        known = self.out_since if out else self.seen_in
        newest = max(at, known) if known else at
        return self.but(out_since=newest) if out else self.but(seen_in=newest)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases) if self.name else ()

    def lookups(self) -> Iterable[str]:
        """Words for the first letters of any part of a name, of any two parts, and for the date of birth."""
        if not self.name or self.merged_into:
            return ()
        born = [f"born:{self.date_of_birth.isoformat()}"] if self.date_of_birth else []
        return tuple(dict.fromkeys([word for name in self.names for word in _words(canonical_name(name))] + born))


class Typed(Form):
    """What somebody has typed so far about a prisoner."""

    name: str = ""
    number: str = ""
    born: date | None = None

    @property
    def whole_number(self) -> PrisonerNumber | None:
        return canonical_prisoner_number(self.number)

    @property
    def word(self) -> str | None:
        """The one word that finds the fewest; None where too little is typed."""
        parts = [part[:FIRST_LETTERS] for part in canonical_name(self.name).split() if len(part) >= FIRST_LETTERS]
        if self.born:
            return f"born:{self.born.isoformat()}"
        if len(parts) > 1:
            return f"like:{'+'.join(sorted((parts[0], parts[-1])))}"
        return f"like:{parts[0]}" if parts else None


def recorded(state: Prisoner, event: PrisonerRecorded) -> Prisoner:
    """The newest `as_of` counts."""
    if state.as_of and event.as_of <= state.as_of:
        return state
    middle = f" {event.middle_names} " if event.middle_names else " "
    after = state.but(
        name=f"{event.first_name}{middle}{event.last_name}",
        aliases=event.aliases,
        date_of_birth=event.date_of_birth,
        prison_id=event.prison_id,
        status=event.status,
        as_of=event.as_of,
    )
    released = event.status is CustodyStatus.RELEASED
    return after if released and state.out else after.seen(event.as_of, out=released)


def moved(state: Prisoner, event: PrisonerMoved) -> Prisoner:
    """Whether they are out: what happened last counts, and only an authoritative release ends custody (R25, R38)."""
    if event.movement is Movement.RECEIVED:
        return state.seen(event.occurredAt, out=False)
    ends = event.dialect.authoritative and event.additionalInformation.reason == "RELEASED"
    merged = event.additionalInformation.nomisMovementReasonCode == "MRG"
    out = event.movement is Movement.RELEASED and ends and not merged
    return state.seen(event.occurredAt, out=True) if out else state


def kept(state: Prisoner, rules: Rules) -> Prisoner:
    """With the time until which they are kept."""
    over = rules.kept_until(state.out_since, rules.prisoner_kept_days) if state.out and state.out_since else None
    return state.but(over_at=over)


def likely(typed: Typed, found: Iterable[Prisoner]) -> Sequence[Prisoner]:
    """Those that what is typed fits, the likeliest first: each word typed begins one of a name, in any order."""
    words = canonical_name(typed.name).split()
    fit = [prisoner for prisoner in found if any(_fits(words, canonical_name(name)) for name in prisoner.names)]
    return sorted(fit, key=lambda prisoner: (typed.born not in (None, prisoner.date_of_birth), prisoner.name))


def speaks_against(typed: Typed, prisoner: Prisoner) -> Sequence[str]:
    """What is typed and is not theirs: number and name have to agree, a wrong digit is somebody else (R9)."""
    words = canonical_name(typed.name).split()
    fits = any(_fits(words, canonical_name(name)) or similar_name(typed.name, name) for name in prisoner.names)
    born_otherwise = None not in (typed.born, prisoner.date_of_birth) and typed.born != prisoner.date_of_birth
    found = (bool(words) and not fits, "Another name"), (born_otherwise, "Another date of birth")
    return [said for true, said in found if true]


def _fits(words: Sequence[str], name: str) -> bool:
    parts = name.split()
    for word in words:
        part = next((part for part in parts if part.startswith(word)), None)
        if part is None:
            return False
        parts.remove(part)
    return True


def _words(name: str) -> list[str]:
    parts = sorted({part[:FIRST_LETTERS] for part in name.split() if len(part) >= FIRST_LETTERS})
    pairs = [f"like:{one}+{other}" for place, one in enumerate(parts) for other in parts[place + 1 :]]
    return [*(f"like:{part}" for part in parts), *pairs]
