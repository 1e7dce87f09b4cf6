"""An export as a document to read, and to print for who has no screen: plain text, in `templates/`."""

import unicodedata
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.domain.addresses import Address
from shared.domain.working_days import london


def document(template: str, export: Any) -> str:
    """`templates/<template>.txt` about `export`."""
    return _TEMPLATES.get_template(f"{template}.txt").render(export=export).strip() + "\n"


def on_one_line(text: str) -> str:
    """`text` without line breaks and control characters: nobody's name makes a line of its own."""
    return " ".join("".join(" " if unicodedata.category(sign) in _BREAKS else sign for sign in text).split())


def in_words(moment: datetime) -> str:
    """`24 November 2026`, in London."""
    local = london(moment)
    return f"{local.day} {local:%B %Y}"


def one_address(address: Address) -> str:
    return ", ".join(part for part in (*address.lines, address.town, address.postcode) if part)


_BREAKS = ("Cc", "Cf", "Zl", "Zp")
_TEMPLATES = Environment(  # noqa: S701 - plain text, in which nothing has to be escaped
    loader=PackageLoader("services.records"), trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)
_TEMPLATES.filters |= {
    "line": on_one_line,
    "day": in_words,
    "address": one_address,
    "words": lambda t: t.replace("_", " "),
}
