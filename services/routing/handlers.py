"""What routing does with each event: keep the register, look for the prisoner, publish what follows."""

from collections.abc import Iterable

from services.routing.domain import breach, case, matching, prisoner
from services.routing.domain.breach import BreachCase
from services.routing.domain.case import Case, Stage
from services.routing.domain.matching import Match, Sure
from services.routing.domain.prisoner import Prisoner
from services.routing.domain.words import words_of
from shared.domain.prisons import is_prison
from shared.events.blocks import BlockAuthorised, BlockEnded, BlockEvent, BlockLifted, BlockRefused
from shared.events.breaches import BreachReportSubmitted
from shared.events.form import PrisonerDetails
from shared.events.inbound import Movement, PrisonerMoved, PrisonerRecorded, RoutingDecided
from shared.events.requests import ContactRequestSubmitted, MatchedBy, NeedsPersonBecause
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import NotYet, Rejected, Work


def submitted(work: Work, event: ContactRequestSubmitted) -> None:
    if work.get(Case, event.request_id) is None:
        look(work, case.opened(event, work.rules))


def recorded(work: Work, event: PrisonerRecorded) -> None:
    _known_prison(event.prison_id)
    before = work.get(Prisoner, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    after = prisoner.recorded(before, event)
    work.put(after.number, after)
    if after.known and after is not before:
        look_again(work, after, [*after.requests, *_waiting_for_such(work, after)])


def moved(work: Work, event: PrisonerMoved) -> None:
    _known_prison(event.additionalInformation.prisonId)
    if event.movement is Movement.MERGED:
        return merged(work, event)
    if event.movement is Movement.RECEIVED and event.additionalInformation.prisonId is None:
        raise Rejected("a reception needs its prisonId")
    before = follow(work, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    after = prisoner.moved(before, event)
    work.put(after.number, after)
    look_again(work, after, after.requests)


def merged(work: Work, event: PrisonerMoved) -> None:
    number = event.additionalInformation.removedNomsNumber
    if number is None:
        raise Rejected("a merge needs its removedNomsNumber")
    kept = follow(work, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    removed = work.get(Prisoner, number) or Prisoner(number=number)
    if removed.merged_into:
        return
    if kept.number == number:
        raise Rejected("a number cannot be merged into itself")
    kept, removed = prisoner.merged(kept, removed)
    work.put(kept.number, kept)
    work.put(removed.number, removed)
    look_again(work, kept, kept.requests)


def chosen(work: Work, event: RoutingDecided) -> None:
    """A person's choice; what is routed already stays where it is."""
    report = work.get(BreachCase, event.request_id)
    if report:
        return keep_report(work, report, case.chosen(_existing(work, event)))
    waiting = work.get(Case, event.request_id)
    if waiting is None:
        raise NotYet("the request is not known here")
    if waiting.stage is Stage.ROUTED:
        raise Rejected("the request is routed already")
    if event.prisoner_number is None:
        state, said = case.not_found(waiting, work.now)
        work.put(state.request_id, state)
        return work.publish(*said)
    keep(work, waiting, case.chosen(_existing(work, event)))


def decided(work: Work, event: BlockEvent) -> None:
    """A prison has decided: the request stays with what it decided, and does not go on undecided."""
    known = work.get(Case, event.request_id)
    if known and event.block_id in known.undecided:
        state = case.decided(known, event.block_id)
        work.put(state.request_id, state)
        hang(work, state)


def breach_submitted(work: Work, event: BreachReportSubmitted) -> None:
    if work.get(BreachCase, event.breach_id) is None:
        keep_report(work, BreachCase(submitted=event), _who_is_reported(work, event))


def time_came(work: Work, request_id: str) -> None:
    """The deadline comes near: looked for once more, then raised."""
    waiting = work.get(Case, request_id)
    if waiting is None or look(work, waiting).stage is not Stage.WAITING:
        return
    state, said = case.time_came(work.get(Case, request_id) or waiting, work.now)
    work.put(request_id, state)
    work.publish(*said)


def look(work: Work, waiting: Case) -> Case:
    """Looks for the prisoner of a request that is not routed yet."""
    if waiting.prisoner_number:
        found = follow(work, waiting.prisoner_number)
        if found and found.known and waiting.stage is Stage.HELD:
            by = MatchedBy.NUMBER if waiting.details.number else MatchedBy.DETAILS
            return keep(work, waiting, Sure(found, by))
    return keep(work, waiting, who(work, waiting.details))


def look_again(work: Work, about: Prisoner, request_ids: Iterable[str]) -> None:
    """What waited for this prisoner, or goes with them undecided."""
    for request_id in dict.fromkeys(request_ids):
        waiting = work.get(Case, request_id)
        if waiting and waiting.stage is not Stage.ROUTED:
            look(work, waiting)
        elif waiting:
            state, said = case.followed(waiting, about, work.now)
            work.put(request_id, state)
            work.publish(*said)


def who(work: Work, details: PrisonerDetails) -> Match:
    """By number where there is one, otherwise by what else is known (R9)."""
    if details.number:
        return matching.by_number(details, follow(work, details.number))
    return matching.by_details(details, work.find(Prisoner, *words_of((details.name,), details.date_of_birth)).values())


def keep(work: Work, waiting: Case, match: Match) -> Case:
    """Saves and publishes what follows from a match."""
    state, said = case.matched(waiting, match, work.now)
    work.put(state.request_id, state)
    work.publish(*said)
    hang(work, state)
    return state


def hang(work: Work, state: Case) -> None:
    """What still waits hangs on the prisoner's number, known or not, so that no news of them misses it."""
    number = state.prisoner_number or state.details.number
    if number:
        hanging = follow(work, number) or Prisoner(number=number)
        others = tuple(request for request in hanging.requests if request != state.request_id)
        work.put(hanging.number, hanging.but(requests=(*others, state.request_id) if state.hangs else others))


def keep_report(work: Work, report: BreachCase, match: Match) -> None:
    if report.routed:
        raise Rejected("the breach report is routed already")
    state, said = breach.matched(report, match, work.now)
    work.put(state.submitted.breach_id, state)
    work.publish(*said)


def follow(work: Work, number: str) -> Prisoner | None:
    """The prisoner who carries everything of this number now (R11)."""
    found = work.get(Prisoner, number)
    while found and found.merged_into:
        found = work.get(Prisoner, found.merged_into)
    return found


def _waiting_for_such(work: Work, about: Prisoner) -> list[str]:
    return list(work.find(Case, *words_of(about.names, about.date_of_birth)))


def _who_is_reported(work: Work, event: BreachReportSubmitted) -> Match:
    if event.request_id:
        known = work.get(Case, event.request_id)
        if known is None:
            raise NotYet("the request is not known here")
        if known.prisoner_number:
            found = follow(work, known.prisoner_number)
            if found:
                return Sure(found, MatchedBy.NUMBER)
    if event.report.prisoner is None:
        return matching.Unsure(NeedsPersonBecause.NO_MATCH)
    return who(work, event.report.prisoner)


def _existing(work: Work, event: RoutingDecided) -> Prisoner:
    found = follow(work, event.prisoner_number) if event.prisoner_number else None
    if found is None or not found.known:
        raise Rejected("no such prisoner is known")
    return found


def _known_prison(prison_id: str | None) -> None:
    if prison_id is not None and not is_prison(prison_id):
        raise Rejected("the prison is not in the register")


HANDLERS: Handlers = {
    ContactRequestSubmitted: submitted,
    PrisonerRecorded: recorded,
    PrisonerMoved: moved,
    RoutingDecided: chosen,
    BreachReportSubmitted: breach_submitted,
    **dict.fromkeys((BlockAuthorised, BlockRefused, BlockLifted, BlockEnded), decided),
}
DUE: DueHandlers = {Case: time_came}
