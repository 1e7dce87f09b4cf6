"""`make demo`: the whole system on this machine, one day of traffic through outside organisations, one woman's story.

`ONCE=1` stops everything afterwards; the exit status is 0 only if the story came true and every count agrees.
"""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.cast import Cast
from demo.clients.clock import Clock
from demo.clients.login import kafka
from demo.day import Planner
from demo.director import Director
from demo.observer import Observer
from deploy.local.process import LocalStackError
from deploy.local.settings import LocalSettings
from deploy.local.stack import LocalStack, only_one
from deploy.local.up import Stopped, settings_from_environment, stopping_on_signals, table

START = "2026-11-23T08:30:00+00:00"
SPEED = 240
"""A working day in little more than two minutes: two cores have eight services and the clients to run meanwhile."""
UNTIL_MORNING = 60.0
"""Real seconds that starting everything may take before the day begins."""
LEEDS = "LEI"
"""Whose staff can sign in at the desk (`deploy/local/keycloak`)."""
OBSERVER = "observer"
"""Who compares the books may read everything on Kafka; nobody else may."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
console = Console(highlight=False, markup=False, soft_wrap=True)


def main() -> int:
    once, came_true = bool(os.environ.get("ONCE")), None
    try:
        with stopping_on_signals():
            settings = settings_from_environment()
            folder = settings.data_dir if "data_dir" in settings.model_fields_set else settings.build_dir / "demo"
            with (
                only_one(folder),
                LocalStack(fresh(settings, folder / "run"), clock(), console.print, [OBSERVER]) as stack,
            ):
                cast, director, planner = prepared(stack, folder / "run")
                with closing(cast):
                    came_true = until_signalled(director.play())
                if not once:
                    stay(stack, folder / "run", planner)
    except LocalStackError as problem:
        print(problem, file=sys.stderr)
        return 2
    console.print("Stopped.")
    return int(not came_true if once else came_true is False)


def fresh(settings: LocalSettings, folder: Path) -> LocalSettings:
    """The settings for a run of its own, with what an earlier one left removed. Its clients are known to its own Keycloak."""
    shutil.rmtree(folder, ignore_errors=True)
    return settings.model_copy(update={"build_dir": folder, "data_dir": folder / "data", "oidc_issuer": None})


def clock() -> dict[str, str]:
    """The clock that every process of the demo goes by, and a lease on mails that is short enough for a day this short."""
    epoch = Clock.real() + UNTIL_MORNING
    return {"CLOCK_START": START, "CLOCK_EPOCH": str(epoch), "CLOCK_SPEED": str(SPEED), "LEASE_SECONDS": "15"}


def prepared(stack: LocalStack, folder: Path) -> tuple[Cast, Director, Planner]:
    """The day's plan in everybody's hands."""
    urls = {"INTAKE_URL": stack.addresses["intake"], "BLOCKING_URL": stack.addresses["blocking"]}
    env = stack.env | urls | {"CLIENTS_FILE": str(stack.clients.absolute())}
    run = f"{int(float(env['CLOCK_EPOCH'])):x}"[-6:]
    planner = Planner(run, Clock(env).start)
    day = planner.plan()
    cast = Cast(folder / "clients", day.work, env)
    observer = Observer(kafka(OBSERVER, env), cast.ledgers, stack.mails, Clock(env))
    return cast, Director(observer, cast, planner, day, console.print, mails=not stack.settings.smtp_host), planner


def stay(stack: LocalStack, folder: Path, planner: Planner) -> None:
    """The outside organisations have gone home, and time goes by as people know it: the form and the desk are theirs to try."""
    stack.start_services_again(lambda: at_a_walk(Clock(stack.env)))
    console.print(table(stack))
    console.print(f"The clients' ledgers are in {folder}/clients/.")
    somebody = next(one for one in planner.cases.in_custody() if one.prison_id == LEEDS)
    form, desk = stack.addresses["intake"], stack.addresses["desk"]
    console.print(
        f"Your turn: ask on {form}/ about {somebody.name}, {somebody.number}, who is in Leeds and about whom nobody has asked. "
        f"As sam at {desk}/ decide it and say that the list is in force, since nobody's PIN phones answer any more; "
        f"the mails to you are in {stack.mails}/. Then report at {form}/report that it has not stopped."
    )
    console.print("Ctrl-C stops everything.")
    signal.pause()


def at_a_walk(clock: Clock) -> dict[str, str]:
    """From what time it is on `clock` now, as fast as real time: a session at the desk would last four seconds otherwise."""
    return {"CLOCK_START": clock.now().isoformat(), "CLOCK_EPOCH": str(Clock.real()), "CLOCK_SPEED": "1"}


def until_signalled(doing: Coroutine[Any, Any, bool]) -> bool:
    """What `doing` returns. Raises Stopped where a signal came first; asyncio may be anywhere then, so it is cancelled."""
    handlers = {each: signal.getsignal(each) for each in SIGNALS}

    async def run() -> bool:
        task = asyncio.create_task(doing)
        for each in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(each, task.cancel)
        return await task

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        handlers = dict.fromkeys(SIGNALS, signal.SIG_IGN)
        raise Stopped from None
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)


if __name__ == "__main__":
    sys.exit(main())
