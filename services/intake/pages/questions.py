"""Questions as data: what is asked, when, which part of the body it fills; and which of them somebody has to answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from services.intake.domain.journey import Journey, Kind
from shared.pages.body import Place, value_at, with_value
from shared.pages.fields import Field

Body = Mapping[str, Any]
PEOPLE, ME = "protected_people", "me"
"""Where the protected people are, and the id of the one who is the requester."""


def always(_: Body) -> bool:
    """Asked of everybody."""
    return True


def consent(body: Body) -> str:
    """Whether the protected people agreed."""
    return str(body.get("consent", ""))


@dataclass(frozen=True)
class Page:
    """One page with one question. `short` names the answer, and the page in a browser's history: it never has a name in it.

    `of_a_person` pages are asked for each protected person; `own` is the question where that is the requester, who is not
    asked a page without it.
    """

    slug: str
    short: str
    question: str
    fields: Sequence[Field]
    own: str = ""
    when: Callable[[Body], bool] = always
    of_a_person: bool = False
    template: str = "question.html"


class Step(NamedTuple):
    """A page as somebody meets it: for which protected person, if any."""

    page: Page
    person: str = ""
    place: Place = ()
    own: bool = False

    @property
    def path(self) -> str:
        """`prisoner-name`, `people/2/phones`."""
        return f"people/{self.person}/{self.page.slug}" if self.person else self.page.slug

    def values(self, body: Body) -> Iterator[tuple[Field, Any]]:
        """Each field, and what the body has for it."""
        for one in self.page.fields:
            yield one, value_at(body, (*self.place, *one.place))

    def with_values(self, body: Body, values: Mapping[str, Any]) -> Body:
        """The body with what was sent, by the names of the fields."""
        for one in self.page.fields:
            body = with_value(body, (*self.place, *one.place), values[one.name])
        return body


class Section(NamedTuple):
    """Pages whose answers are shown together."""

    title: str
    pages: Sequence[Page]


class Questions(NamedTuple):
    """All that may be asked on the way to one thing, in order; `check` says what is wrong with the body."""

    kind: Kind
    sections: Sequence[Section]
    check: Callable[..., Any]

    @property
    def pages(self) -> Sequence[Page]:
        return [page for section in self.sections for page in section.pages]

    def steps(self, body: Body) -> list[Step]:
        """What is asked of somebody who has given these answers."""
        steps: list[Step] = []
        for of_a_person, pages in groupby(self.pages, key=lambda page: page.of_a_person):
            asked = [page for page in pages if page.when(body)]
            steps += _of_people(asked, body) if of_a_person else [Step(page) for page in asked]
        return steps

    def step(self, body: Body, path: str) -> Step | None:
        """The page at `path`; None where it is not asked."""
        return next((step for step in self.steps(body) if step.path == path), None)

    def complete(self, body: Body) -> dict[str, Any]:
        """The body as it is submitted: what is asked now, and nothing that was answered before some other answer changed."""
        said: Any = {name: {} for name in _parts(self.kind, body)}
        if self.kind is Kind.REQUEST:
            said[PEOPLE] = [{} for _ in body.get(PEOPLE, ())]
        for step in self.steps(body):
            for one, value in step.values(body):
                said = with_value(said, (*step.place, *one.place), value) if value is not None else said
        for place in (place for place, person in enumerate(body.get(PEOPLE, ())) if person["id"] == ME):
            said = with_value(said, (PEOPLE, place, "name"), value_at(body, ("requester", "name")))
        return dict(said)


def _parts(kind: Kind, body: Body) -> Sequence[str]:
    """What is there even while it is empty, so that each fault is found in its own place."""
    if kind is Kind.REQUEST:
        return ("requester", "prisoner", "grounds") if consent(body) == "not_given" else ("requester", "prisoner")
    return ()


def _of_people(pages: Sequence[Page], body: Body) -> Iterator[Step]:
    for place, person in enumerate(body.get(PEOPLE, ())):
        own = person["id"] == ME
        yield from (Step(page, person["id"], (PEOPLE, place), own) for page in pages if page.own or not own)


def left_to_answer(questions: Questions, journey: Journey) -> list[Step]:
    """What was not answered yet."""
    return [step for step in questions.steps(journey.body) if step.path not in journey.answered]
