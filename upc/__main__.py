"""`upc`: one command for those who run the platform. Settings are environment variables (docs/operating.md)."""

import sys

import typer

from upc import backup, case, check, dead_letters, reconcile, replay, status, topics
from upc.settings import Trouble
from upc.shown import say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="See how the platform is, and mend it.",
)
app.command()(status.status)
app.command()(case.case)
app.command()(check.check)
app.command()(reconcile.reconcile)
app.command()(replay.replay)
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(topics.app, name="topics")


def main() -> None:
    """2 where it can't be done, 1 where something is wrong with the platform, 0 where nothing is."""
    try:
        app()
    except Trouble as why:
        say(f"upc: {why}")
        sys.exit(2)


if __name__ == "__main__":
    main()
