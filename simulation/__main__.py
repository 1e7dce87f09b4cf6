"""`python -m simulation`: many seeds, one seed again, or how many seeds catch each planted bug."""

import argparse
import logging
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from simulation.bugs import BUGS, RARE
from simulation.run import Outcome, crashes, simulate

AGAIN = "make simulate SEED={}"


def main() -> None:
    """The whole system on simulated Kafka, MongoDB and time, under faults that follow from a seed."""
    said = _arguments()
    logging.disable(logging.CRITICAL)
    if said.seed is not None:
        sys.exit(_again(simulate(said.seed, said.crash_at, calm=said.crash_at > 0)))
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        chosen = range(said.first, said.first + said.seeds)
        if said.bugs:
            sys.exit(_count_bugs(processes, chosen))
        if said.crashes:
            sys.exit(_crash(processes, said.first, said.crashes))
        failed, points = _count(processes.map(simulate, chosen, chunksize=5), len(chosen), AGAIN)
    print(f"{len(chosen)} seeds from {said.first}: {failed} failed, {points:,} await points")
    sys.exit(failed > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to run (1000)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--seed", type=int, help="run this one again, with its trace")
    parser.add_argument("--crash-at", type=int, default=0, help="with --seed: no fault but a crash at this await point")
    parser.add_argument(
        "--crashes", type=int, help="the first seed, with a crash at every place where a service waits, so often"
    )
    parser.add_argument("--bugs", action="store_true", help="plant each known bug, and count the seeds that notice")
    return parser.parse_args()


def _again(outcome: Outcome) -> bool:
    print("\n".join(outcome.trace))
    held = "; ".join(outcome.broken) or "all promises held"
    print(f"seed {outcome.seed}: {outcome.digest}, {len(outcome.trace)} lines, {held}")
    return bool(outcome.broken)


def _count(outcomes: Iterable[Outcome], of: int, again: str) -> tuple[int, int]:
    """Prints what failed, and how far it is; how many failed, and how many await points there were."""
    failed, points = 0, 0
    for number, outcome in enumerate(outcomes, 1):
        failed, points = failed + bool(outcome.broken), points + outcome.points
        if outcome.broken:
            replay = again.format(outcome.seed, outcome.crash_at)
            print(f"seed {outcome.seed} failed ({replay}):", *outcome.broken[:5], sep="\n  ", flush=True)
        if number % 100 == 0:
            print(f"{number} of {of}, {failed} failed, {points:,} await points", flush=True)
    return failed, points


def _crash(processes: ProcessPoolExecutor, seed: int, times: int) -> bool:
    """A day on which nothing else goes wrong, again with each crash."""
    chosen = crashes(seed, times)
    outcomes = processes.map(partial(simulate, seed, calm=True), chosen, chunksize=5)
    failed, _ = _count(outcomes, len(chosen), f"{AGAIN} CRASH_AT={{}}")
    print(f"seed {seed}, a crash at every place where a service waits, {len(chosen):,} in all: {failed} failed")
    return failed > 0


def _count_bugs(processes: ProcessPoolExecutor, seeds: range) -> bool:
    print(f"| planted bug | seeds of {len(seeds)} that notice | the first | what it says |\n| --- | --- | --- | --- |")
    missed = []
    for bug in BUGS:
        noticed = [outcome for outcome in processes.map(partial(simulate, bug=bug), seeds) if outcome.broken]
        missed += [] if noticed or bug in RARE else [bug]
        says = (noticed[0].seed, noticed[0].broken[0]) if noticed else ("", "")
        print(f"| {bug} | {len(noticed)} | {says[0]} | {says[1]} |", flush=True)
    return bool(missed)


if __name__ == "__main__":
    main()
