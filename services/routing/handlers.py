"""What routing does with each event: keep the register, look for the prisoner, publish what follows."""

from collections.abc import Iterable
from itertools import chain

from services.routing.domain import breach, case, matching, prisoner
from services.routing.domain.breach import BreachCase, Decided
from services.routing.domain.case import Case, Stage
from services.routing.domain.matching import Match
from services.routing.domain.prisoner import Prisoner
from services.routing.domain.words import words_of
from shared.domain.prisons import is_prison
from shared.events.blocks import BlockAuthorised, BlockEnded, BlockEvent, BlockLifted, BlockRefused
from shared.events.breaches import BreachReportSubmitted
from shared.events.erasures import CaseErased
from shared.events.form import PrisonerDetails
from shared.events.inbound import Movement, PrisonerMoved, PrisonerRecorded, RoutingDecided
from shared.events.requests import ContactRequestSubmitted, NeedsPersonBecause
from shared.runtime.erasure import erasing
from shared.runtime.items import DueHandlers, Handlers
from shared.runtime.work import NotYet, Rejected, Work


def submitted(work: Work, event: ContactRequestSubmitted) -> None:
    number = event.request.prisoner.number
    work.foresee(Prisoner, [number] if number else [])
    if work.get(Case, event.request_id) is None:
        look(work, case.opened(event, work.rules))


def recorded(work: Work, event: PrisonerRecorded) -> None:
    _known_prison(event.prison_id)
    before = follow(work, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    after = prisoner.recorded(before, event, work.now)
    register(work, after)
    if after is not before:
        look_again(work, after, after.hanging, _waiting_for_such(work, after))


def moved(work: Work, event: PrisonerMoved) -> None:
    _known_prison(event.additionalInformation.prisonId)
    if event.movement is Movement.MERGED:
        return merged(work, event)
    if event.movement is Movement.RECEIVED and event.additionalInformation.prisonId is None:
        raise Rejected("a reception needs its prisonId")
    before = follow(work, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    after = prisoner.moved(before, event, work.now)
    register(work, after)
    if after is not before:
        look_again(work, after, after.hanging)


def merged(work: Work, event: PrisonerMoved) -> None:
    number = event.additionalInformation.removedNomsNumber
    if number is None:
        raise Rejected("a merge needs its removedNomsNumber")
    kept = follow(work, event.prisoner_number) or Prisoner(number=event.prisoner_number)
    removed = work.get(Prisoner, number) or Prisoner(number=number)
    if kept.number == number:
        raise Rejected("a number cannot be merged into itself")
    if removed.merged_into:
        return _merged_before(work, removed, kept)
    kept, removed = prisoner.merged(kept, removed)
    register(work, kept)
    work.forget(Prisoner, number, removed)
    look_again(work, kept, kept.hanging, _waiting_for_such(work, kept))


def chosen(work: Work, event: RoutingDecided) -> None:
    """A person's choice, or that there is no such prisoner; what is routed already stays where it is."""
    report = work.get(BreachCase, event.request_id)
    if report:
        return _chosen_for_report(work, report, event)
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
        hang(work, state.request_id, state.about if state.hangs else None, state.about)


def breach_submitted(work: Work, event: BreachReportSubmitted) -> None:
    if work.get(BreachCase, event.breach_id) is None:
        known = _reported_request(work, event)
        details = event.report.prisoner or (known.details if known else None)
        look_for_report(work, BreachCase(submitted=event, details=details), known)


def time_came(work: Work, request_id: str) -> None:
    """The deadline comes near: looked for once more, then raised. Or a release has settled."""
    waiting = work.get(Case, request_id)
    if waiting and waiting.stage is Stage.ROUTED:
        found = follow(work, waiting.about or "")
        if found:
            go_with(work, waiting, found)
    elif waiting:
        state, said = case.time_came(look(work, waiting), work.now)
        work.put(request_id, state)
        work.publish(*said)


def prisoner_over(work: Work, number: str) -> None:
    """Long out, and nothing waits for them: nothing of them is kept (R48)."""
    known = work.get(Prisoner, number)
    over = known.over(work.rules) if known else None
    if over and over <= work.now:
        work.forget(Prisoner, number)
    elif known:
        register(work, known)


def erased(work: Work, event: CaseErased) -> None:
    """Nothing waits for a prisoner on behalf of the case any more. Whoever lets go of it may not know of every report yet."""
    reports = dict.fromkeys([*event.breach_ids, *work.find(BreachCase, event.request_id)])
    for key in (event.request_id, *reports):
        waiting = work.get(Case, key) or work.get(BreachCase, key)
        if waiting:
            hang(work, key, None, waiting.about)
    work.forget(Case, event.request_id)
    for breach_id in reports:
        work.forget(BreachCase, breach_id)


def look(work: Work, waiting: Case) -> Case:
    """Looks for the prisoner of a request that is not routed yet."""
    found = follow(work, waiting.prisoner_number) if waiting.prisoner_number else None
    if found and found.known and waiting.matched_by:
        return keep(work, waiting, matching.still(waiting.details, found, waiting.matched_by))
    return keep(work, waiting, who(work, waiting.details))


def look_for_report(work: Work, report: BreachCase, request: Case | None) -> None:
    """A report goes where its request went, if it names no other prisoner; otherwise where the one it names is (R29)."""
    found = follow(work, request.prisoner_number) if request and request.prisoner_number else None
    if found:
        named = _now(work, report.number) if report.number else found.number
        return keep_report(work, report, breach.by_reference(report, found, named, work.now))
    nobody = matching.Unsure(NeedsPersonBecause.NO_MATCH)
    keep_report_of(work, report, who(work, report.details) if report.details else nobody)


def look_again(work: Work, about: Prisoner, *waiting: Iterable[str]) -> None:
    """What waited for this prisoner, or goes with them undecided."""
    for key in dict.fromkeys(chain(*waiting)):
        request, report = work.get(Case, key), work.get(BreachCase, key)
        if report and not report.routed:
            look_for_report(work, report, _reported_request(work, report.submitted))
        if request and request.stage is not Stage.ROUTED:
            look(work, request)
        elif request:
            go_with(work, request, about)


def go_with(work: Work, request: Case, about: Prisoner) -> None:
    """What no prison has decided goes with the prisoner, or waits for their return."""
    state, said = case.followed(request, about, work.now, work.rules)
    work.put(state.request_id, state)
    work.publish(*said)


def who(work: Work, details: PrisonerDetails) -> Match:
    """By number where there is one, otherwise by what else is known (R9)."""
    if details.number:
        return matching.by_number(details, follow(work, details.number))
    return matching.by_details(details, work.find(Prisoner, *words_of((details.name,), details.date_of_birth)).values())


def keep(work: Work, waiting: Case, match: Match) -> Case:
    """Saves and publishes what follows from a match."""
    state, said = case.matched(waiting, match, work.now, work.rules)
    work.put(state.request_id, state)
    work.publish(*said)
    hang(work, state.request_id, state.about if state.hangs else None, waiting.about)
    return state


def keep_report_of(work: Work, report: BreachCase, match: Match) -> None:
    keep_report(work, report, breach.matched(report, match, work.now))


def keep_report(work: Work, report: BreachCase, decided: Decided) -> None:
    state, said = decided
    key = state.submitted.breach_id
    work.put(key, state)
    work.publish(*said)
    hang(work, key, None if state.routed else state.about, state.about)


def hang(work: Work, key: str, on: str | None, before: str | None) -> None:
    """What waits hangs on one number, known or not, so that no news of them misses it, and on no other any more."""
    left = follow(work, before) if before else None
    if left:
        register(work, left.without(key))
    if on:
        hanging = follow(work, on) or Prisoner(number=on)
        register(work, hanging.having(key))


def register(work: Work, state: Prisoner) -> None:
    """Keeps what is known of a prisoner, and until when."""
    over = state.over(work.rules)
    work.put(state.number, state if over == state.over_at else state.but(over_at=over))


def follow(work: Work, number: str) -> Prisoner | None:
    """The prisoner who carries everything of this number now (R11)."""
    found = work.get(Prisoner, number)
    while found and found.merged_into:
        found = work.get(Prisoner, found.merged_into)
    return found


def _waiting_for_such(work: Work, about: Prisoner) -> list[str]:
    words = words_of(about.names, about.date_of_birth)
    return [*work.find(Case, *words), *work.find(BreachCase, *words)]


def _merged_before(work: Work, removed: Prisoner, kept: Prisoner) -> None:
    now = follow(work, removed.number)
    if now is None or now.number != kept.number:
        raise Rejected("the number is merged into another one")


def _chosen_for_report(work: Work, report: BreachCase, event: RoutingDecided) -> None:
    """A report about nobody in the register stays as it is: a person has it already."""
    if report.routed:
        raise Rejected("the breach report is routed already")
    if event.prisoner_number:
        keep_report_of(work, report, case.chosen(_existing(work, event)))


def _now(work: Work, number: str) -> str:
    """The number that carries everything of this one (R11); itself where nothing is known of it."""
    known = follow(work, number)
    return known.number if known else number


def _reported_request(work: Work, event: BreachReportSubmitted) -> Case | None:
    if event.request_id is None:
        return None
    known = work.get(Case, event.request_id)
    if known is None:
        raise NotYet("the request is not known here")
    return known


def _existing(work: Work, event: RoutingDecided) -> Prisoner:
    found = follow(work, event.prisoner_number) if event.prisoner_number else None
    if found is None or not found.known:
        raise NotYet("no such prisoner is known")
    return found


def _known_prison(prison_id: str | None) -> None:
    if prison_id is not None and not is_prison(prison_id):
        raise Rejected("the prison is not in the register")


ERASING, AGAIN = erasing(erased)
HANDLERS: Handlers = {
    ContactRequestSubmitted: submitted,
    PrisonerRecorded: recorded,
    PrisonerMoved: moved,
    RoutingDecided: chosen,
    BreachReportSubmitted: breach_submitted,
    **dict.fromkeys((BlockAuthorised, BlockRefused, BlockLifted, BlockEnded), decided),
    **ERASING,
}
DUE: DueHandlers = {Case: time_came, Prisoner: prisoner_over, **AGAIN}
