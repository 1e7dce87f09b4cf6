"""The pages of one service: its templates rendered, its assets served, its languages, its answers when something is wrong."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse

from shared.pages.assets import Assets
from shared.pages.errors import ProblemsAsPages
from shared.pages.languages import LANGUAGES, Language, LanguageLinks, choices, language_of, words
from shared.pages.policy import POLICY
from shared.pages.templates import environment
from shared.runtime import guard

KIT = "shared.pages"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
"""Of every page: it is never kept, neither by a proxy nor by the browser's back button."""


class Link(NamedTuple):
    """A link of the navigation or the footer; `text` is translated where it is shown."""

    text: str
    href: str


class Wrong(NamedTuple):
    """A line of the error summary: which field it leads to (`#` and its id), and what to do, in the page's language."""

    href: str
    text: str


class Site:
    """What all pages of a service share. `package` has `templates/` and `locale/cy.po`, and may have `static/`.

    `exit_page`: every page can be left in an emergency. `languages`: those that it is in; where English is the only one,
    `package` needs no catalogue.
    """

    def __init__(
        self,
        package: str,
        name: str,
        navigation: Sequence[Link] = (),
        footer: Sequence[Link] = (),
        exit_page: bool = False,
        languages: Sequence[Language] = LANGUAGES,
    ) -> None:
        self._packages = (package, KIT)
        self._assets = Assets(self._packages)
        self._environments = {language: environment(self._packages, language) for language in languages}
        for made in self._environments.values():
            made.globals |= {"asset": self._assets.url, "service": name, "navigation": navigation, "footer": footer}
            made.globals["exit_page"] = exit_page

    def install(self, app: FastAPI) -> None:
        """Puts assets, language links and pages for what goes wrong into `app`."""
        app.router.routes.append(self._assets.mount())
        if len(self._environments) > 1:  # innermost: by then it is known how the browser came here
            app.user_middleware.append(Middleware(LanguageLinks))
        guard.inside(app, ProblemsAsPages, page=self.problem)

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """`template` in the language of whoever asks.

        Every page may be given `faults` (`Wrong`, for the error summary) and `back` (where the back link leads).
        """
        return HTMLResponse(self.text(request, template, **context), status, HEADERS)

    def problem(self, request: Request, status: int) -> HTMLResponse:
        """What a person sees where a program gets a problem document."""
        template = {404: "not_found.html", 405: "not_found.html", 429: "too_many.html", 503: "unavailable.html"}
        return self.page(request, template.get(status, "problem.html"), status)

    def say(self, request: Request, text: str, **facts: str) -> str:
        """`text` in the language of whoever asks, with `facts` filled in."""
        return words(language_of(request), self._packages).gettext(text) % facts

    def text(self, request: Request, template: str, **context: Any) -> str:
        """The same as text alone: also a part of a page, for what is sent to a page that is open."""
        languages = choices(request) if len(self._environments) > 1 else ()
        shared = {"request": request, "choices": languages, "faults": (), "back": None}
        made = self._environments.get(language_of(request)) or self._environments["en"]
        return made.get_template(template).render(shared | context)
