"""The platform on this machine until Ctrl-C: `python -m deploy.local.up`, which is `make up`."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from deploy.local.keycloak import PEOPLE
from deploy.local.process import LocalStackError, die_with_parent
from deploy.local.settings import LocalSettings
from deploy.local.stack import LocalStack


class Stopped(BaseException):
    """Somebody asked this program to stop."""


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end what is inside; a second one does not disturb the tidying up that follows."""

    def stop(number: int, _: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    signals = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    for each in signals:
        signal.signal(each, stop)
    if "MAKELEVEL" in os.environ:
        # make hands on the signals it gets, but can't hand on its own sudden death
        die_with_parent(signal.SIGTERM)
    with suppress(Stopped):
        yield


def settings_from_environment() -> LocalSettings:
    try:
        return LocalSettings()
    except ValidationError as invalid:
        first = invalid.errors()[0]
        raise LocalStackError(f"{str(first['loc'][0]).upper()} can't be used: {first['msg']}") from None


def table(stack: LocalStack) -> Table:
    shown = Table(title="The Unwanted Prisoner Contact Service is up", title_justify="left")
    shown.add_column("what")
    shown.add_column("where")
    for what, where in stack.addresses.items():
        shown.add_row(what, where)
    shown.add_row("logs", f"{stack.logs}/")
    shown.add_row("mails sent", f"{stack.mails}/")
    shown.add_row("settings", f"{stack.settings.build_dir}/up.env")
    if stack.keycloak:
        shown.add_row("who gets access tokens", f"{stack.clients}")
        desk = stack.addresses["desk"]
        shown.add_row(
            "who signs in at the desk", f"{', '.join(PEOPLE)} at {desk}, with the passwords in {stack.clients}"
        )
    return shown


def main() -> int:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    try:
        with stopping_on_signals(), LocalStack(settings_from_environment(), say=console.print) as stack:
            console.print(table(stack))
            console.print("Ctrl-C stops everything.")
            signal.pause()
    except LocalStackError as problem:
        print(problem, file=sys.stderr)
        return 2
    console.print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
