"""What is wrong with an answer, found by the same check as everybody's submissions, and said on the page that asked (R3)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.intake.domain.journey import Entries
from services.intake.pages.questions import Body, Questions, Step
from shared.events.requests import Fault
from shared.pages.fields import Field, Spot
from shared.pages.languages import N_
from shared.pages.spots import spot_of

MOST = 200_000
"""Bytes of all answers together: less than what the check allows, so that nobody hears it at the end."""
TOO_LARGE = N_("Your answers are too long altogether. Make this one shorter")


class Wrong(NamedTuple):
    """What is wrong: the input's id, its field, what to tell, and what is filled into that."""

    spot: str
    name: str
    words: str
    facts: Mapping[str, str]


def faults_on(questions: Questions, body: Body, step: Step, now: datetime) -> list[Fault]:
    """What is wrong with the answers of this page alone."""
    fields = step.page.fields
    return [fault for fault in faults(questions, body, now) if any(_spot(one, step, fault) for one in fields)]


def in_words(step: Step, found: Sequence[Fault], entries: Entries) -> list[Wrong]:
    """Each fault of this page as it is told: every input once, in the order of the page."""
    wrong: dict[str, Wrong] = {}
    for one in step.page.fields:
        for spot in filter(None, (_spot(one, step, fault) for fault in found)):
            place, words = one.missing(entries) or spot
            wrong.setdefault(place, Wrong(place, one.name, words, {"what": one.label}))
    return [*wrong.values()]


def faults(questions: Questions, body: Body, now: datetime) -> list[Fault]:
    """Every fault of what was answered so far."""
    complete = questions.complete(body)
    large = len(json.dumps(complete).encode()) > MOST
    return [*([Fault(pointer="", fault="is too large")] if large else ()), *questions.check(complete, now)[1]]


def first_wrong(questions: Questions, body: Body, now: datetime) -> Step | None:
    """The first page whose answer is no longer as it should be."""
    found = faults(questions, body, now)
    return next((step for step in questions.steps(body) if in_words(step, found, {})), None)


def _spot(one: Field, step: Step, fault: Fault) -> Spot | None:
    if fault.pointer == "" and fault.fault.startswith("is too large"):
        return next(iter(one.show(None))), TOO_LARGE
    return spot_of(one, step.place, fault)
