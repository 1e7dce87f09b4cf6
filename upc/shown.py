"""How something is shown: as a table to people, as JSON to scripts, with a bar while it takes long."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from shared.domain.working_days import london
from upc.settings import Trouble

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why: it is recorded. Nothing personal, please.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask whether it is meant.")]

out = Console(highlight=False, markup=False)
aside = Console(stderr=True, highlight=False, markup=False)


def say(text: str) -> None:
    aside.print(text)


def as_json(value: Any) -> None:
    """On standard output, and nothing else is there."""
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")


def table(title: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """`columns` are headings by the names that rows have for them."""
    shown = Table(title=title, title_justify="left")
    for heading in columns.values():
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*(_written(row.get(name)) for name in columns))
    out.print(shown)


def show(as_json_: bool, title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows, one way or the other."""
    as_json(rows) if as_json_ else table(title, columns, rows)


def progress() -> AbstractContextManager[Progress]:
    """On standard error, and gone when it is done; nothing of it where nobody looks."""
    return Progress(console=aside, transient=True, disable=not aside.is_terminal)


def clock(moment: str | datetime) -> str:
    """London's time."""
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return london(value).strftime("%-d %b %Y %H:%M:%S")


def sure(question: str, yes: bool) -> None:
    """Raises Trouble where it is not meant, or nobody is there to say so."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Trouble(f"{question} Say --yes if it is meant.")
    if not typer.confirm(question, err=True):
        raise Trouble("Nothing was done.")


def _written(value: Any) -> str:
    return "" if value is None else str(value)
