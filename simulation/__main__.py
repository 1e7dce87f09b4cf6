"""`python -m simulation`: many seeds, one seed again, or how many seeds catch each planted bug."""

import argparse
import logging
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from simulation.bugs import BUGS
from simulation.run import Outcome, simulate

AGAIN = "make simulate SEED={}"


def main() -> None:
    """The whole system on simulated Kafka, MongoDB and time, under faults that follow from a seed."""
    said = _arguments()
    logging.disable(logging.CRITICAL)
    chosen = range(said.first, said.first + said.seeds)
    if said.seed is not None:
        sys.exit(_again(said.seed))
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        if said.bugs:
            return _count_bugs(processes, chosen)
        failed, points = 0, 0
        for number, outcome in enumerate(processes.map(simulate, chosen, chunksize=5), 1):
            failed, points = failed + bool(outcome.broken), points + outcome.points
            _tell(outcome)
            if number % 100 == 0:
                print(f"{number} of {len(chosen)} seeds, {failed} failed, {points:,} await points", flush=True)
    print(f"{len(chosen)} seeds from {said.first}: {failed} failed, {points:,} await points")
    sys.exit(failed > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to run (1000)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--seed", type=int, help="run this one again, with its trace")
    parser.add_argument("--bugs", action="store_true", help="plant each known bug, and count the seeds that notice")
    return parser.parse_args()


def _again(seed: int) -> bool:
    outcome = simulate(seed)
    print("\n".join(outcome.trace))
    print(
        f"seed {seed}: {outcome.digest}, {len(outcome.trace)} lines, {'; '.join(outcome.broken) or 'all promises held'}"
    )
    return bool(outcome.broken)


def _tell(outcome: Outcome) -> None:
    if outcome.broken:
        print(
            f"seed {outcome.seed} failed ({AGAIN.format(outcome.seed)}):", *outcome.broken[:5], sep="\n  ", flush=True
        )


def _count_bugs(processes: ProcessPoolExecutor, seeds: range) -> None:
    print(f"| planted bug | seeds of {len(seeds)} that notice | the first | what it says |\n| --- | --- | --- | --- |")
    missed = []
    for bug in BUGS:
        noticed = [outcome for outcome in processes.map(partial(simulate, bug=bug), seeds) if outcome.broken]
        missed += [] if noticed else [bug]
        says = (noticed[0].seed, noticed[0].broken[0]) if noticed else ("", "")
        print(f"| {bug} | {len(noticed)} | {says[0]} | {says[1]} |", flush=True)
    sys.exit(len(missed))


if __name__ == "__main__":
    main()
