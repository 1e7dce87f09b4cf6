"""What all pages of the desk share: who looks, what they may go to, how a press of a button becomes a call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.desk import telling, words
from services.desk.domain.calls import Answer, Call, Done, NotTheirs
from services.desk.web.signed_in import Sessions, SignedIn, Visitor
from shared.domain.access import Action
from shared.pages.site import Link, Site, Wrong
from shared.runtime.callers import not_there
from shared.runtime.ids import new_id
from shared.runtime.service import Service
from shared.runtime.work import Work

T = TypeVar("T")
Show = Callable[..., Awaitable[Response]]
"""Shows a page again: `show(status, **context)`."""
NAME = "Unwanted prisoner contact: desk"
LONGEST_PERIOD, LONGEST_NUMBER = 730, 9
"""Days; digits."""
PAGE = 25
"""Lines on one page of a table."""
SAID = {
    "decided": "Your decision is sent",
    "withdrawn": "The withdrawal is sent",
    "acted": "What was done is recorded",
    "reviewed": "Your decision about the review is sent",
    "acknowledged": "Your answer about the list is sent",
    "chosen": "Your answer is sent",
    "tried": "What you did is recorded",
    "not-for-us": "It is recorded that the email is not for us",
    "dropped": "It is recorded that it is needed no more",
}
"""What a page says after a press of a button, by what its address says."""


class Desk:
    """One for the service. `signed_in(action)` is what a route depends on."""

    def __init__(self, service: Service, site: Site, sessions: Sessions) -> None:
        self.service, self.site, self.sessions = service, site, sessions

    def signed_in(self, action: Action, pressed: bool = True) -> Any:
        return Depends(SignedIn(self.service.callers, action, self.sessions, pressed))

    def signed_in_at_all(self) -> Any:
        """For what anybody may do who is signed in, whatever their roles."""
        return Depends(SignedIn(self.service.callers, None, self.sessions))

    async def query(self, read: Callable[[Work], T]) -> T:
        return await self.service.query(read)

    async def find(self, read: Callable[[Work], T | None]) -> T:
        """Raises Problem 404 where there is nothing."""
        found = await self.service.query(read)
        if found is None:
            raise not_there()
        return found

    def page(
        self, request: Request, visitor: Visitor | None, template: str, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A page for `visitor`, with what they may go to.

        A form that was sent gets `form`, what was written, and `field`, what is wrong with it.
        """
        field: Faults = context.get("field") or Faults()
        shared = self.shared(request, visitor) | {"field": field, "faults": field.summary}
        return self.site.page(request, template, status, **(shared | context))

    def shared(self, request: Request, visitor: Visitor | None) -> dict[str, Any]:
        """What every template may use."""
        return {
            "form": {},
            "visitor": visitor,
            "navigation": links(visitor) if visitor else (),
            "words": words,
            "telling": telling,
            "now": self.service.clock.now(),
            "made_at": self.machine_now().isoformat(),
            "once": self.new_id(),
            "said": SAID.get(request.query_params.get("done", "")),
            "overtaken": None,
        }

    def machine_now(self) -> datetime:
        return self.service.platform.machine_clock.now()

    def new_id(self) -> str:
        return new_id(self.service.clock.now())

    async def press(self, call: Call, form: FormData, done: str, show: Show) -> Response:
        """On to `done` once it is saved; where somebody was first, the page as it now stands. 404 for what is not theirs."""
        answer: Answer = await self.service.call(call, text(form, "once", 100) or self.new_id())
        if isinstance(answer, NotTheirs):
            raise not_there()
        return RedirectResponse(done, 303) if isinstance(answer, Done) else await show(409, overtaken=answer)


def links(visitor: Visitor) -> Sequence[Link]:
    """What this visitor may go to."""
    able: Mapping[Action, Sequence[Link]] = {
        Action.FIND_PRISONER: [Link("To do", "/to-do")],
        Action.TAKE_CALL: [
            Link("Take a request", "/calls/request"),
            Link("Take a report", "/calls/report"),
            Link("Emails", "/mails"),
        ],
        Action.SEE_CASELOAD: [Link("Queue", "/queue"), Link("Cases", "/cases")],
        Action.SEE_FIGURES: [Link("Figures", "/figures")],
    }
    return [link for action, of_action in able.items() if visitor.may(action) for link in of_action]


class Faults:
    """What is wrong with a form, field by field, as it is found."""

    def __init__(self) -> None:
        self.by_field: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.by_field)

    def add(self, field: str, text: str) -> None:
        self.by_field.setdefault(field, text)

    @property
    def summary(self) -> list[Wrong]:
        return [Wrong(f"#{field}", text) for field, text in self.by_field.items()]

    def of(self, field: str) -> dict[str, str] | None:
        """For the macro of a field."""
        return {"text": self.by_field[field]} if field in self.by_field else None


def text(form: FormData, name: str, most: int = 5000) -> str:
    """What was written in a field."""
    value = form.get(name)
    return value.strip()[:most] if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """What was ticked."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def choice(form: FormData, name: str, choices: Mapping[str, T]) -> T | None:
    """What was chosen, if it is one of the choices."""
    return choices.get(text(form, name))


def days(form: FormData, name: str, faults: Faults) -> int | None:
    """Days until the next review, where the prison sets its own period (R21)."""
    written = text(form, name, LONGEST_NUMBER)
    if written and not (written.isdecimal() and 1 <= int(written) <= LONGEST_PERIOD):
        faults.add(name, f"Days until the next review must be a number from 1 to {LONGEST_PERIOD}")
        return None
    return int(written) if written else None


def version(form: FormData) -> int:
    """That of the page that the form was on."""
    written = text(form, "version", LONGEST_NUMBER)
    return int(written) if written.isdecimal() else -1
