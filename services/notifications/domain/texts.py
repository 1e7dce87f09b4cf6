"""The words: one plain-text template for each step, each task and the case file note, in `templates/`."""

import unicodedata
from datetime import datetime, time
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.domain.prisons import PRISONS
from shared.domain.working_days import london


def on_one_line(text: str) -> str:
    """`text` without line breaks and control characters: nobody's name makes a header or a line of its own."""
    return " ".join(_without_controls(text, keep="").split())


def as_written(text: str) -> str:
    """Somebody's own words, their lines kept, other control characters gone."""
    return _without_controls(text.replace("\r\n", "\n"), keep="\n").strip()


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


def _without_controls(text: str, keep: str) -> str:
    return "".join(
        " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") and sign not in keep else sign for sign in text
    )


_TEMPLATES = Environment(
    loader=PackageLoader("services.notifications"), trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)
_TEMPLATES.filters |= {
    "line": on_one_line,
    "words": as_written,
    "moment": in_words,
    "clock": clock_time,
}
