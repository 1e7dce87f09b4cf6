"""The words: one plain-text template for each step, each task and the case file note, in `templates/`."""

import unicodedata
from datetime import datetime, time
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.domain.prisons import PRISONS
from shared.domain.working_days import london

JOINERS = "\u200c\u200d\u200e\u200f"
"""They cannot be seen, and belong to how words are written in some scripts."""


def on_one_line(text: str) -> str:
    """`text` without line breaks and what cannot be seen: nobody's name makes a header or a line of its own."""
    return " ".join(_visible(text, breaks="").split())


def quoted(text: str) -> str:
    """Somebody's own words, a mark before each line: none of them can be taken for ours, or for a heading or a list."""
    lines = _visible(text.replace("\r\n", "\n"), breaks="\n").strip().split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def in_words(moment: datetime) -> str:
    """`5pm on Tuesday 24 November 2026`, in London."""
    local = london(moment)
    return f"{clock_time(local.time())} on {local:%A} {local.day} {local:%B %Y}"


def clock_time(at: time) -> str:
    """`5pm`, `9:30am`."""
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def prison_name(prison_id: str) -> str:
    """`HMP Leeds`; the id where the register has no such prison."""
    prison = PRISONS.get(prison_id)
    return prison.full_name if prison else prison_id


def prison_address(prison_id: str) -> tuple[str, ...]:
    """Where to write to a prison: its name and the lines of its address."""
    prison = PRISONS.get(prison_id)
    return prison.postal_address if prison else (prison_id,)


def render(template: str, **facts: Any) -> str:
    """`templates/<template>.txt` with `facts`. Raises jinja2.UndefinedError where it needs one that is not there."""
    return _TEMPLATES.get_template(f"{template}.txt").render(**facts).strip() + "\n"


def _visible(text: str, breaks: str) -> str:
    """What would turn the order of letters round, or hide between them, is gone; any other control is a space."""
    return "".join(sign if sign in breaks or sign in JOINERS else _seen(sign) for sign in text)


def _seen(sign: str) -> str:
    category = unicodedata.category(sign)
    return "" if category in ("Cf", "Cs") else " " if category in ("Cc", "Zl", "Zp") else sign


_TEMPLATES = Environment(  # noqa: S701 - plain text, in which nothing has to be escaped
    loader=PackageLoader("services.notifications"), trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)
_TEMPLATES.filters |= {
    "line": on_one_line,
    "quoted": quoted,
    "moment": in_words,
    "clock": clock_time,
}
