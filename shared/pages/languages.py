"""English and Welsh: which one a page is in, and its words (gettext catalogues, `locale/cy.po` of each package)."""

from collections.abc import Iterable, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Literal, NamedTuple, get_args
from urllib.parse import parse_qsl, urlencode

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.datastructures import URL, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Language = Literal["en", "cy"]
LANGUAGES: Sequence[Language] = get_args(Language)
NAMES = {"en": "English", "cy": "Cymraeg"}
COOKIE, ASKED = "language", "lang"
KEPT = 365 * 24 * 3600
"""Seconds for which a choice of language is kept."""


def N_(text: str) -> str:
    """Marks `text` as a sentence of the service, to be translated where it is shown."""
    return text


def language_of(request: Request) -> Language:
    """The language that was chosen by a link before; English where none was."""
    return _known(request.cookies.get(COOKIE)) or "en"


class Choice(NamedTuple):
    """A language to choose, and the link that does; none for the one the page is in."""

    language: Language
    name: str
    href: str | None


def choices(request: Request) -> Sequence[Choice]:
    """All languages, with links to the same page in them."""
    now = language_of(request)
    return [
        Choice(one, NAMES[one], None if one == now else str(_relative(request.url.include_query_params(lang=one))))
        for one in LANGUAGES
    ]


class LanguageLinks:
    """`?lang=cy` on any page: keeps that choice in a cookie, and leads to the same page without it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if asked is None:
            return await self._app(scope, receive, send)
        answer = RedirectResponse(_relative(Request(scope).url.remove_query_params(ASKED)), 303)
        answer.set_cookie(COOKIE, asked, max_age=KEPT, httponly=True, samesite="lax", secure=scope["scheme"] == "https")
        MutableHeaders(raw=answer.raw_headers)["Cache-Control"] = "no-store"
        await answer(scope, receive, send)


@cache
def words(language: Language, packages: Iterable[str]) -> NullTranslations:
    """The catalogues of `packages` together. English is what stands in the code."""
    if language == "en":
        return NullTranslations()
    first, *others = [_compiled(catalogue(package, language)) for package in packages]
    for other in others:
        first._catalog |= other._catalog  # type: ignore[attr-defined]
    return first


def catalogue(package: str, language: Language) -> Catalog:
    """What `package` says in `language`."""
    with files(package).joinpath(f"locale/{language}.po").open("rb") as written:
        return read_po(written, locale=language, abort_invalid=True)


def _compiled(written: Catalog) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _asked(scope: Scope) -> Language | None:
    return _known(dict(parse_qsl(scope["query_string"].decode("latin-1"))).get(ASKED))


def _known(text: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)


def _relative(url: URL) -> str:
    """Path and query alone: a link never leads to another host, whatever the Host header said."""
    return URL(path="/" + url.path.lstrip("/"), query=urlencode(parse_qsl(url.query))).__str__()
