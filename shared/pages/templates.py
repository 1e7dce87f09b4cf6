"""The Jinja environments of a service's pages, one for each language: GOV.UK macros, the kit's templates, its own."""

from collections.abc import Sequence
from functools import partial
from gettext import NullTranslations
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, Undefined
from jinja2.utils import missing

from shared.pages import dates
from shared.pages.languages import N_, Language, words

OPTIONS = (
    "themeColor assetPath htmlLang htmlClasses pageTitleLang opengraphImageUrl assetUrl bodyClasses bodyAttributes cspNonce "
    "headerClasses headerAttributes serviceName serviceUrl containerClasses containerAttributes mainClasses mainLang "
    "mainAttributes footerClasses footerAttributes successBanner typeClass null"
).split()
"""What the design system’s templates look for and may go without."""


PLURALS = {"en": {"one": 1, "other": 2}, "cy": {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 6, "other": 10}}
"""The plural forms of each language, and a number that takes it."""


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
    made.filters |= {"hint": partial(_hint, said), "error": partial(_error, said), "heading": _heading}
    made.globals["plural_forms"] = partial(_plural_forms, said, language)
    made.filters |= {name: partial(_in, getattr(dates, name), language) for name in ("day", "clock", "moment", "by")}
    made.globals |= {"language": language, "undefined": Undefined(), **dict.fromkeys(OPTIONS)}
    return made


def _hint(said: NullTranslations, text: str) -> dict[str, str] | None:
    """A field's hint as the macros take it; none where there is no text."""
    return {"text": said.gettext(text)} if text else None


def _error(said: NullTranslations, text: str | None) -> dict[str, str] | None:
    """What is wrong with a field, in its language already, as the macros take it."""
    return {"text": text, "visuallyHiddenText": said.gettext(N_("Error"))} if text else None


def _heading(text: str, of: str) -> dict[str, Any]:
    """A label or legend (`of`: its class) that is the page's heading."""
    return {"text": text, "classes": f"{of}--l", "isPageHeading": True}


def _plural_forms(said: NullTranslations, language: Language, one: str, other: str) -> dict[str, str]:
    """What a script says of any number: each plural form of the language by its name; the number is `%{count}`."""
    return {form: said.ngettext(one, other, number) for form, number in PLURALS[language].items()}


def _in(language_of_words: Any, language: Language, value: Any) -> str:
    return str(language_of_words(value, language))
