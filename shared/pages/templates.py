"""The Jinja environments of a service's pages, one for each language: GOV.UK macros, the kit's templates, its own."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, Undefined
from jinja2.utils import missing

from shared.pages import dates
from shared.pages.languages import Language, words

OPTIONS = (
    "themeColor assetPath htmlLang htmlClasses pageTitleLang opengraphImageUrl assetUrl bodyClasses bodyAttributes cspNonce "
    "headerClasses headerAttributes serviceName serviceUrl containerClasses containerAttributes mainClasses mainLang "
    "mainAttributes footerClasses footerAttributes null"
).split()
"""What the design system's template looks for and may go without."""


class Missing(StrictUndefined):
    """A name that nothing has is a fault; an option that a macro of the design system was not given is none."""

    def __new__(cls, hint: str | None = None, obj: Any = missing, *others: Any, **more: Any) -> Any:
        option = hint is not None or isinstance(obj, dict)
        return (Undefined if option else StrictUndefined)(hint, obj, *others, **more)


def environment(packages: Sequence[str], language: Language) -> Environment:
    """Templates of `packages` (the first one that has it counts), with what they say in `language`."""
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    made = Environment(
        loader=ChoiceLoader([*(PackageLoader(package) for package in packages), govuk]),
        autoescape=True,
        undefined=Missing,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    said = words(language, tuple(packages))
    made.install_gettext_callables(said.gettext, said.ngettext, newstyle=True, pgettext=said.pgettext)  # type: ignore[attr-defined]
    made.filters |= {name: partial(_in, getattr(dates, name), language) for name in ("day", "clock", "moment", "by")}
    made.globals |= {"language": language, "undefined": Undefined(), **dict.fromkeys(OPTIONS)}
    return made


def _in(language_of_words: Any, language: Language, value: Any) -> str:
    return str(language_of_words(value, language))
