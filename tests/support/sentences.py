"""What a package's pages say, and what of it is missing in Welsh."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from deploy.local.process import ROOT
from shared.pages.languages import catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")


Sentence = tuple[str, str]
"""In which context, if in any, and what; of a plural, the first form."""


def said(package: str) -> set[Sentence]:
    """Every sentence in the code and the templates of `package`."""
    mappings = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {mapping["pattern"]: mapping for mapping in mappings}
    folder = str(ROOT.joinpath(*package.split(".")))
    found = extract_from_dir(folder, methods, options, {**DEFAULT_KEYWORDS, "N_": None, "plural_forms": (1, 2)})
    return {(context or "", _first(message)) for _, _, message, _, context in found}


def faults_in_welsh(package: str) -> Iterator[str]:
    """Every sentence that is not there in Welsh, is doubtful, says something else in its markup, or that nobody says."""
    known = {(message.context or "", _first(message.id)): message for message in catalogue(package, "cy") if message.id}
    spoken = said(package)
    yield from (f"not translated: {text}" for text in spoken - known.keys())
    yield from (f"nobody says: {text}" for text in known.keys() - spoken)
    for text, message in known.items():
        forms = [str(form) for form in (message.string if isinstance(message.string, tuple) else (message.string,))]
        if not all(forms) or message.fuzzy:
            yield f"not translated: {text}"
        yield from (f"other markup: {text}" for form in forms if not _markup(form) <= _all_markup(message.id))
        yield from (f"markup is missing: {text}" for form in forms[:1] if _all_markup(message.id) != _markup(form))


def _first(message: Any) -> str:
    return str(message[0] if isinstance(message, tuple | list) else message)


def _markup(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _all_markup(message: Any) -> set[str]:
    return set().union(*(_markup(text) for text in (message if isinstance(message, tuple | list) else [message])))
