"""What a journey's pages show."""

from datetime import datetime
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from services.intake.domain import request as requests
from services.intake.domain.journey import KEPT, Journey, Kind
from services.intake.pages import answering, answers
from services.intake.pages.faults import in_words
from services.intake.pages.kinds import QUESTIONS
from services.intake.pages.questions import ME, PEOPLE, Questions, Step
from services.intake.pages.session import Browser
from shared.events.asked import MOST_PEOPLE
from shared.pages.body import digest_of
from shared.pages.languages import N_, language_of
from shared.pages.site import Site, Wrong

CHANGING = "change"
"""In a page's address: somebody came to change one answer, and goes back to checking them all."""
WARN_BEFORE = 600
"""Seconds before the answers go, a page that is open says so and offers to keep them."""
ADD_ANOTHER = N_("Select yes if there is someone else the prisoner must not contact")
REMOVE = N_("Select yes if you want to remove this person")


class Here(NamedTuple):
    """Somebody on a page of their journey."""

    request: Request
    site: Site
    browser: Browser
    journey_id: str
    journey: Journey
    now: datetime

    @property
    def questions(self) -> Questions:
        return QUESTIONS[self.journey.kind]

    @property
    def changing(self) -> bool:
        """Whether they came to change one answer."""
        return CHANGING in self.request.query_params

    def url(self, path: str, changing: bool = False) -> str:
        """The address of a page of this journey. Nothing that was answered is in it."""
        return f"/{self.journey.kind}/{self.journey_id}/{path}{f'?{CHANGING}=1' if changing else ''}"

    def say(self, text: str, **facts: str) -> str:
        return self.site.say(self.request, text, **facts)

    def shown(self, template: str, **context: Any) -> Response:
        """A page with what all of a journey have."""
        stay = (self.journey.due() - self.now).total_seconds()
        times = {"stay_seconds": round(stay), "whole_seconds": round(KEPT.total_seconds()), "warn_before": WARN_BEFORE}
        shared = {"here": self, "token": self.browser.token, **times}
        return self.site.page(self.request, template, **{**shared, **context})


def where_it_is(here: Here) -> str:
    """The page on which somebody goes on."""
    if here.journey.receipt:
        return "done"
    if here.journey.found:
        return "standing"
    return answering.where_to_go_on(here.questions, here.journey, here.now)


def page(here: Here, path: str) -> Response | None:
    """The page at `path`; None where there is none now, for whoever comes by an old address."""
    journey = here.journey
    if journey.receipt or journey.found:
        return _done(here) if journey.receipt and path == "done" else None
    if path == answering.CHECK:
        return _check(here) if where_it_is(here) == path else None
    if path.startswith("people/") and path.endswith("/remove"):
        return _remove(here, path)
    step = here.questions.step(journey.body, path)
    if step is None:
        return None
    return _people(here) if path == answering.LIST else _question(here, step)


def _question(here: Here, step: Step) -> Response:
    journey = here.journey
    entries = answering.entries_of(step, journey)
    attempt = journey.attempt if journey.attempt and journey.attempt.path == step.path else None
    wrong = in_words(step, attempt.faults, entries) if attempt else []
    told = {one.spot: here.say(one.words, what=here.say(one.facts["what"])) for one in wrong}
    name = answers.name_of(journey.body, step.person)
    asked = here.say(step.page.own if step.own else step.page.question, name=name or here.say(N_("this person")))
    return here.shown(
        "question.html",
        step=step,
        asked=asked,
        entries=entries,
        wrong=told,
        faults=[Wrong(f"#{spot}", words) for spot, words in told.items()],
        prisons=answers.prisons(language_of(here.request)),
        another_row=bool(attempt and not attempt.faults),
        back=_back(here, step.path),
    )


def _people(here: Here) -> Response:
    cards = answers.cards(here.questions, here.journey.body, here.say, language_of(here.request))
    return here.shown(
        "people.html",
        cards=cards,
        full=len(cards) >= MOST_PEOPLE,
        removable=len([card for card in cards if not card.own]) > (0 if cards and cards[0].own else 1),
        back=_back(here, answering.LIST),
        **_chosen(here, answering.LIST, "more", ADD_ANOTHER),
    )


def _remove(here: Here, path: str) -> Response | None:
    person = path.split("/")[1]
    known = [one["id"] for one in here.journey.body.get(PEOPLE, ())]
    if person not in known or person == ME or len(known) < 2:
        return None
    name = answers.name_of(here.journey.body, person)
    return here.shown(
        "remove.html", name=name, back=here.url(answering.LIST, here.changing), **_chosen(here, path, "sure", REMOVE)
    )


def _chosen(here: Here, path: str, spot: str, words: str) -> dict[str, Any]:
    """What is wrong on a page whose answer is yes or no."""
    attempt = here.journey.attempt
    told = {spot: here.say(words)} if attempt and attempt.path == path else {}
    return {"wrong": told, "faults": [Wrong(f"#{name}", text) for name, text in told.items()]}


def _check(here: Here) -> Response:
    language, body = language_of(here.request), here.journey.body
    last = here.questions.steps(body)[-1]
    return here.shown(
        "check.html",
        parts=[*answers.parts(here.questions, body, here.say, language)],
        shown=digest_of(here.questions.complete(body)),
        back=here.url(last.path),
    )


def _done(here: Here) -> Response:
    template = "request_done.html" if here.journey.kind is Kind.REQUEST else "report_done.html"
    return here.shown(template, receipt=here.journey.receipt)


def standing(here: Here, asked: requests.Request) -> Response:
    """How a request stands, as its requester may know it: who may know more comes with an access token (R41, R47)."""
    return here.shown("standing.html", asked=requests.status(asked.for_requester()), Step=requests.Step)


def _back(here: Here, path: str) -> str:
    """To the page before; from one that was only opened to change its answer, to where that was done."""
    if here.changing:
        return here.url(where_it_is(here))
    paths = [step.path for step in here.questions.steps(here.journey.body)]
    before = paths[: paths.index(path)]
    return here.url(before[-1]) if before else "/" if here.journey.kind is Kind.REQUEST else f"/{here.journey.kind}"
