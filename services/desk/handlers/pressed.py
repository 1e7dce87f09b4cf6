"""What a press of a button does: whose it is, whether somebody was first, and what is published."""

from collections.abc import Sequence
from typing import Any

from services.desk.domain import calls, deciding, taken
from services.desk.domain.breaches import Breach
from services.desk.domain.calls import Answer, Done, NotTheirs, Overtaken
from services.desk.domain.case import Case
from services.desk.domain.holding import Holding
from services.desk.domain.reviews import Review
from services.desk.domain.taken import Taken, digest_of
from services.desk.domain.tasks import Attempt, Task
from services.desk.handlers import keeping, mails
from shared.domain.working_days import if_known
from shared.events.envelope import Event
from shared.events.principals import Principal
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.items import Handlers
from shared.runtime.work import Work


def decide(work: Work, call: calls.Decide) -> Answer:
    state = work.get(Case, call.request_id)
    if state is None or not call.who.may_act_for(state.prison_id):
        return NotTheirs()
    return _follows(work, deciding.decide(state, call, work.now, work.cause.derive), keeping.keep_case)


def withdraw(work: Work, call: calls.Withdraw) -> Answer:
    state = work.get(Case, call.request_id)
    if state is None or not call.who.may_act_for(state.prison_id):
        return NotTheirs()
    return _follows(work, deciding.withdraw(state, call, work.now, work.cause.derive), keeping.keep_case)


def act(work: Work, call: calls.Act) -> Answer:
    state = work.get(Breach, call.breach_id)
    if state is None or not state.alert or not call.who.may_act_for(state.prison_id):
        return NotTheirs()
    return _follows(work, deciding.act(state, call, work.now, work.cause.derive), keeping.keep_breach)


def decide_review(work: Work, call: calls.DecideReview) -> Answer:
    state = work.get(Review, call.review_id)
    if state is None or not call.who.may_act_for(state.prison_id):
        return NotTheirs()
    return _follows(work, deciding.decide_review(state, call, work.now, work.cause.derive), keeping.keep_review)


def acknowledge(work: Work, call: calls.Acknowledge) -> Answer:
    state = work.get(Holding, call.number)
    if state is None or state.block_list is None or not call.who.may_act_for(state.block_list.prison_id):
        return NotTheirs()
    return _follows(work, deciding.acknowledge(state, call, work.now, work.cause.derive), keeping.keep_holding)


def choose(work: Work, call: calls.Choose) -> Answer:
    """Of a request, or of a breach report: whichever waits under that id."""
    report = work.get(Breach, call.subject)
    if report:
        return _follows(
            work, deciding.choose_for_report(report, call, work.now, work.cause.derive), keeping.keep_breach
        )
    state = work.get(Case, call.subject)
    if state is None:
        return NotTheirs()
    return _follows(work, deciding.choose(state, call, work.now, work.cause.derive), keeping.keep_case)


def try_task(work: Work, call: calls.Try) -> Answer:
    task = work.get(Task, call.task_id)
    if task is None or task.raised is None:
        return NotTheirs()
    attempt_id = work.cause.derive("attempt")
    if any(before.attempt_id == attempt_id for before in task.attempts):
        return Done()
    if task.version != call.version:
        last = task.attempts[-1]
        return calls.overtaken_by("done" if task.done else "tried", last.by, last.at)
    attempt = Attempt(attempt_id=attempt_id, by=call.who.name, at=work.now, note=call.note, again_at=call.again_at)
    keeping.keep_task(work, task.tried(attempt, work.rules))
    return Done()


def take(work: Work, call: calls.Take) -> Answer:
    """To intake, on the desk's own lane (R4). The same form again is the same; another one under its name is not sent.

    What was rejected, or not answered, goes once more; but no press goes twice: intake would know its event, and not answer.
    """
    known, digest, press = work.get(Taken, call.external_id), digest_of(call.body), work.cause.derive("taken")
    presses = known.presses if known else ()
    if press in presses:
        return Done()
    same = known is not None and known.digest == digest
    if known and not known.rejected and not (known.unanswered and same):
        return Done() if same else Overtaken()
    overtaken = mails.take(work, call)
    if overtaken:
        return overtaken
    came_at = known.came_at if known else mails.came_at(work, call)
    deadline = None if call.breach else if_known(work.rules.routing_deadline, came_at or work.now)
    said = call.model_dump(include={"external_id", "breach", "came_by", "body"})
    sent = Taken(
        **said,
        came_at=came_at,
        digest=digest,
        presses=(*presses, press),
        by=call.who.name,
        at=work.now,
        deadline=deadline,
    )
    keeping.keep_taken(work, sent)
    received = BreachReportReceived if call.breach else ContactRequestReceived
    names = {"external_id": call.external_id, "came_by": call.came_by.value}
    names |= {"came_at": came_at.isoformat()} if came_at else {}
    work.publish(received.model_validate({**call.body, **names}), lane=Principal.DESK)
    return Done()


def drop(work: Work, call: calls.Drop) -> Answer:
    """Only what intake did not take in; what it has is a request, and a prison's to decide."""
    known = work.get(Taken, call.external_id)
    if known is None or not known.left:
        return NotTheirs()
    keeping.keep_taken(work, taken.drop(known, call.reason, work.now))
    return Done()


def _follows(work: Work, decided: tuple[Any, Sequence[Event]] | Overtaken, keep: Any) -> Answer:
    if isinstance(decided, Overtaken):
        return decided
    state, said = decided
    keep(work, state)
    work.publish(*said)
    return Done()


CALLS: Handlers = {
    calls.Decide: decide,
    calls.Withdraw: withdraw,
    calls.Act: act,
    calls.DecideReview: decide_review,
    calls.Acknowledge: acknowledge,
    calls.Choose: choose,
    calls.Try: try_task,
    calls.Take: take,
    calls.Drop: drop,
}
