"""`make chaos`: thousands of requests through real processes while these are killed, stopped, cut off and starved.

`--only kill-service,mongo-cut` makes those alone, `--seed` draws the same again, `--minutes` is how long about. The exit
status is 0 only if nothing is lost, twice or out of order and every fault was recovered from.
"""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
from math import isinf
from pathlib import Path
from random import Random
from time import monotonic

from rich.console import Console

from chaos import report
from chaos.director import Director
from chaos.disks import unmount
from chaos.faults import FAULTS, Fault
from chaos.parts import Parts
from deploy.local.process import ROOT, LocalStackError
from deploy.local.stack import only_one

FOLDER = ROOT / "build/chaos"
QUIET_AND_STOP = 60.0
"""Seconds that waiting for quiet and stopping may take."""
console = Console(highlight=False, markup=False, soft_wrap=True, width=180)


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m chaos")
    asked.add_argument("--only", default="", help="faults, separated by commas, by the beginning of their names")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--minutes", type=float, default=12)
    asked.add_argument("--rate", type=float, default=3, help="requests a second")
    options = asked.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that brokers are away is what this is about
    try:
        with only_one(FOLDER):
            return asyncio.run(until_signalled(options))
    except LocalStackError as problem:
        print(problem, file=sys.stderr)
        return 2
    except asyncio.CancelledError:
        console.print("Stopped.")
        return 130


async def until_signalled(options: argparse.Namespace) -> int:
    task = asyncio.create_task(run(options))
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await task


async def run(options: argparse.Namespace) -> int:
    until = monotonic() + options.minutes * 60 - QUIET_AND_STOP
    folder = fresh(FOLDER / "run")
    async with Parts(folder, say) as parts:
        await parts.grow(1)
        director = Director(parts, Random(options.seed), options.rate, say)
        findings = await director.play(chosen(director, options.only), until)
    console.print(report.table(director.rows, findings))
    totals = director.totals
    console.print(", ".join(f"{what}: {count}" for what, count in totals.items()))
    for finding in findings[:40]:
        console.print(f"  {finding.kind} ({finding.fault}): {finding.what}")
    report.write(ROOT / "build/chaos.json", director.rows, findings, totals)
    never = any(isinf(value) for row in director.rows.values() for value in row.recovered)
    return int(bool(findings) or never)


def chosen(director: Director, only: str) -> list[Fault]:
    every = [*FAULTS, director.poison]
    names = tuple(name for name in only.split(",") if name)
    found = [fault for fault in every if not names or fault.name.startswith(names)]
    if not found:
        raise LocalStackError(f"There is no such fault; there are: {', '.join(fault.name for fault in every)}")
    return found


def fresh(folder: Path) -> Path:
    """Without what an earlier run left, mounted or not."""
    for each in folder.glob("*"):
        unmount(each)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def say(text: str) -> None:
    console.print(f"{monotonic() - STARTED:6.1f} s  {text}")


STARTED = monotonic()

if __name__ == "__main__":
    sys.exit(main())
