"""Which prisoner a request is about: sure, or for a person to decide, with the candidates and why (R9).

A wrong digit must not block somebody else's calls: number and name must agree. Without a number only an exact name, date of
birth and prison, with one such prisoner, is sure; never a name alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.routing.domain.prisoner import Prisoner, Whereabouts
from shared.domain.names import canonical_name, same_name, similar_name
from shared.events.form import PrisonerDetails
from shared.events.requests import Candidate, MatchedBy, NeedsPersonBecause

MOST_CANDIDATES = 10


@dataclass(frozen=True)
class Sure:
    """The prisoner is found."""

    prisoner: Prisoner
    by: MatchedBy


@dataclass(frozen=True)
class Unsure:
    """A person has to look."""

    because: NeedsPersonBecause
    candidates: tuple[Candidate, ...] = ()


Match = Sure | Unsure


def by_number(details: PrisonerDetails, prisoner: Prisoner | None) -> Match:
    """The prisoner with the number that was given, if the name is theirs and the date of birth does not say otherwise."""
    if prisoner is None or not prisoner.known:
        return Unsure(NeedsPersonBecause.NUMBER_UNKNOWN)
    candidate = _candidate(details, prisoner)
    if not any(similar_name(details.name, name) for name in prisoner.names):
        return Unsure(NeedsPersonBecause.NUMBER_AND_NAME_DISAGREE, (candidate,))
    if not _same_name(details, prisoner) or _born_otherwise(details, prisoner):
        return Unsure(NeedsPersonBecause.NOT_SURE, (candidate,))
    return Sure(prisoner, MatchedBy.NUMBER)


def still(details: PrisonerDetails, prisoner: Prisoner, by: MatchedBy) -> Match:
    """A request that was matched stays with its prisoner while their name agrees, or where a person has said so."""
    match = Sure(prisoner, by) if by is MatchedBy.PERSON else by_number(details, prisoner)
    return Sure(prisoner, by) if isinstance(match, Sure) else match


def by_details(details: PrisonerDetails, prisoners: Iterable[Prisoner]) -> Match:
    """The one prisoner with exactly this name, date of birth and prison, or the candidates."""
    known = [prisoner for prisoner in prisoners if prisoner.known]
    exact = [prisoner for prisoner in known if _exact(details, prisoner)]
    namesakes = [prisoner for prisoner in known if _same_name(details, prisoner) and _same_birth(details, prisoner)]
    if len(exact) == len(namesakes) == 1:
        return Sure(exact[0], MatchedBy.DETAILS)
    candidates = sorted((_candidate(details, prisoner) for prisoner in known), key=_best_first)
    likely = tuple(candidate for candidate in candidates if candidate.score >= 35)[:MOST_CANDIDATES]
    if not likely:
        return Unsure(NeedsPersonBecause.NO_MATCH)
    several = len(likely) > 1
    return Unsure(NeedsPersonBecause.SEVERAL_MATCHES if several else NeedsPersonBecause.NOT_SURE, likely)


def _exact(details: PrisonerDetails, prisoner: Prisoner) -> bool:
    here = details.believed_prison is not None and details.believed_prison == prisoner.prison_id
    return here and _same_name(details, prisoner) and _same_birth(details, prisoner)


def _same_name(details: PrisonerDetails, prisoner: Prisoner) -> bool:
    return any(same_name(details.name, name) for name in prisoner.names)


def _same_birth(details: PrisonerDetails, prisoner: Prisoner) -> bool:
    return details.date_of_birth is not None and details.date_of_birth == prisoner.date_of_birth


def _born_otherwise(details: PrisonerDetails, prisoner: Prisoner) -> bool:
    births = {details.date_of_birth, prisoner.date_of_birth} - {None}
    return len(births) > 1


def _candidate(details: PrisonerDetails, prisoner: Prisoner) -> Candidate:
    """A prisoner with a score from 0 to 100 and the reasons for it."""
    name = max(_likeness(details.name, known) for known in prisoner.names)
    reasons = [
        (name, {50: "same name", 35: "similar name", 20: "part of the name"}.get(name, "")),
        (30 if _same_birth(details, prisoner) else 0, "same date of birth"),
        (
            20 if details.believed_prison and details.believed_prison == prisoner.prison_id else 0,
            "at the believed prison",
        ),
    ]
    against = [
        (_born_otherwise(details, prisoner), "another date of birth"),
        (name == 0, "another name"),
        (prisoner.whereabouts is Whereabouts.RELEASED, "released"),
    ]
    why = [words for score, words in reasons if score] + [words for true, words in against if true]
    return Candidate(
        prisoner_number=prisoner.number,
        prison_id=prisoner.prison_id,
        score=sum(score for score, _ in reasons),
        why=tuple(why),
    )


def _likeness(one: str, other: str) -> int:
    if same_name(one, other):
        return 50
    if similar_name(one, other):
        return 35
    return 20 if set(canonical_name(one).split()) & set(canonical_name(other).split()) else 0


def _best_first(candidate: Candidate) -> tuple[int, str]:
    return -candidate.score, candidate.prisoner_number
