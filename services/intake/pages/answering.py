"""What becomes of a journey when a page is sent: the answer is kept, or what is wrong with it is; and which page comes next."""

from collections.abc import Sequence
from datetime import datetime
from itertools import dropwhile

from services.intake.domain.journey import Attempt, Entries, Journey, Reply
from services.intake.pages.faults import faults_on, first_wrong
from services.intake.pages.questions import ME, PEOPLE, Questions, Step, consent, left_to_answer
from shared.events.asked import MOST_PEOPLE
from shared.events.requests import Fault
from shared.pages.body import with_value
from shared.pages.fields import Rows, with_another_row, without_row

CHECK, LIST = "check", "people"
CHOOSE = Fault(pointer="", fault="is needed")


def replied(questions: Questions, journey: Journey, reply: Reply, now: datetime) -> Journey:
    """The journey after a page was sent."""
    if reply.path == LIST:
        return _more_people(journey, reply)
    if reply.path.endswith("/remove"):
        return _removed(journey, reply)
    step = questions.step(journey.body, reply.path)
    if step is None:
        return journey
    if reply.button:
        return _other_rows(step, journey, reply)
    return _answered(questions, step, journey, reply, now)


def _answered(questions: Questions, step: Step, journey: Journey, reply: Reply, now: datetime) -> Journey:
    values = {one.name: one.read(reply.entries) for one in step.page.fields}
    body = step.with_values(journey.body, values)
    wrong = faults_on(questions, body, step, now)
    if wrong:
        return not_taken(step, journey, reply.entries, wrong)
    done = _done(journey, step.path).but(body=body)
    return with_people(done) if step.path == "who" else done


def with_people(journey: Journey) -> Journey:
    """With whom the request is for: the requester where it is for them, whoever else was named, and at least one."""
    people, myself = list(journey.body.get(PEOPLE, ())), journey.body.get(ME, {"id": ME})
    myself = next((one for one in people if one["id"] == ME), myself)
    others = [one for one in people if one["id"] != ME]
    is_for_me = consent(journey.body) == "self"
    body = with_value(journey.body, (PEOPLE,), [myself, *others] if is_for_me else others)
    changed = journey.but(body=with_value(body, (ME,), None if is_for_me else myself))
    return changed if is_for_me or others else with_person(changed)


def _other_rows(step: Step, journey: Journey, reply: Reply) -> Journey:
    """`add-phones`, `remove-phones-3`: the page again with a row more or less; nothing is judged yet."""
    change, name, *number = [*reply.button.split("-"), ""]
    rows = next((one for one in step.page.fields if isinstance(one, Rows) and one.name == name), None)
    if rows is None or change not in ("add", "remove"):
        return journey
    removed = int(number[0]) if number and number[0].isdecimal() else -1
    entries = with_another_row(rows, reply.entries) if change == "add" else without_row(rows, reply.entries, removed)
    return journey.but(attempt=Attempt(path=step.path, entries=entries))


def _more_people(journey: Journey, reply: Reply) -> Journey:
    """Whether there is somebody else to protect. One who was begun and never named is taken up again, or dropped."""
    people = list(journey.body.get(PEOPLE, ()))
    unnamed = len(people) > 1 and not people[-1].get("name")  # never the requester, who is first
    more = reply.entries.get("more")
    if more == "yes" and len(people) < MOST_PEOPLE and not unnamed:
        return with_person(_undone(journey, LIST))
    if more == "no":
        kept = people[:-1] if unnamed else people
        return _done(journey, LIST).but(body=with_value(journey.body, (PEOPLE,), kept))
    if more == "yes":
        return _undone(journey, LIST)
    return journey.but(attempt=Attempt(path=LIST, entries={}, faults=[CHOOSE]))


def with_person(journey: Journey) -> Journey:
    """With one more person to protect, about whom nothing is known yet."""
    made = journey.people_made + 1
    people = [*journey.body.get(PEOPLE, ()), {"id": str(made)}]
    return journey.but(people_made=made, body=with_value(journey.body, (PEOPLE,), people))


def _removed(journey: Journey, reply: Reply) -> Journey:
    """Without one person, where that was meant and somebody is left; the one that was removed already is no fault."""
    person = reply.path.split("/")[1]
    people = [one for one in journey.body.get(PEOPLE, ()) if one["id"] != person]
    sure = reply.entries.get("sure")
    if sure not in ("yes", "no"):
        return journey.but(attempt=Attempt(path=reply.path, entries={}, faults=[CHOOSE]))
    if sure == "no" or not people or person == ME:
        return journey.but(attempt=None)
    return journey.but(attempt=None, body=with_value(journey.body, (PEOPLE,), people))


def not_taken(step: Step, journey: Journey, entries: Entries, wrong: Sequence[Fault]) -> Journey:
    """The page is shown again as it was sent, with what is wrong."""
    kept = {name: text for one in step.page.fields for name, text in one.kept(entries).items()}
    return journey.but(attempt=Attempt(path=step.path, entries=kept, faults=wrong))


def _done(journey: Journey, path: str) -> Journey:
    return _undone(journey, path).but(answered=(*_undone(journey, path).answered, path))


def _undone(journey: Journey, path: str) -> Journey:
    return journey.but(attempt=None, answered=tuple(one for one in journey.answered if one != path))


def next_path(questions: Questions, journey: Journey, path: str, changing: bool, now: datetime) -> str:
    """Where somebody goes after the page `path`: on, or where they came to change something, back to checking."""
    if journey.attempt:
        return path
    steps = questions.steps(journey.body)
    if path.endswith("/remove"):
        return LIST
    if path == LIST and LIST not in journey.answered:
        return steps_of_last_person(steps)
    if changing:
        return where_to_go_on(questions, journey, now)
    after = [step.path for step in dropwhile(lambda step: step.path != path, steps)][1:]
    return after[0] if after else CHECK


def steps_of_last_person(steps: list[Step]) -> str:
    """The first page about the person who was added last."""
    last = [step for step in steps if step.person][-1].person
    return next(step.path for step in steps if step.person == last)


def where_to_go_on(questions: Questions, journey: Journey, now: datetime) -> str:
    """The first page that is not answered, or no longer as it should be; to check, where there is none."""
    left = left_to_answer(questions, journey)
    wrong = None if left else first_wrong(questions, journey.body, now)
    return left[0].path if left else wrong.path if wrong else CHECK


def entries_of(step: Step, journey: Journey) -> Entries:
    """What the page's fields hold: what was sent and not taken, or what was answered."""
    if journey.attempt and journey.attempt.path == step.path:
        return journey.attempt.entries
    return {name: text for one, value in step.values(journey.body) for name, text in one.show(value).items()}
