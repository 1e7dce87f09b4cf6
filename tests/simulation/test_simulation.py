"""Whole days of the whole system, under faults that follow from a seed (docs/reliability.md)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import pytest

from simulation.bugs import BUGS, RARE
from simulation.run import Outcome, crashes, simulate

SEEDS, BLOCK = 200, 50
NOTICED_BY = {
    "believe what is recalled": 5,
    "commit offsets before saving": 9,
    "drop the inbox": 4,
    "forget merges": 2,
    "ignore the version": 6,
    "let a late movement win": 4,
    "record no timers": 2,
    "send again what may have been sent": 12,
}
"""The first seed that noticed each when somebody last looked: where to begin. Seeds tell another story when code changes."""


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes of their own: a simulation says what time and chance are."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield pool


def failures(outcomes: Iterator[Outcome]) -> dict[tuple[int, int], list[str]]:
    return {(outcome.seed, outcome.crash_at): outcome.broken for outcome in outcomes if outcome.broken}


@pytest.mark.parametrize("first", range(1, SEEDS, BLOCK))
def test_every_promise_holds_whatever_fails(first: int, processes: ProcessPoolExecutor) -> None:
    assert failures(processes.map(simulate, range(first, first + BLOCK), chunksize=5)) == {}


def test_every_promise_holds_wherever_a_service_crashes(processes: ProcessPoolExecutor) -> None:
    points = processes.submit(crashes, 2, 1).result()
    assert len(points) > 200
    assert failures(processes.map(partial(simulate, 2, calm=True), points[::8], chunksize=5)) == {}


@pytest.mark.parametrize("bug", sorted(BUGS.keys() - RARE))
def test_a_planted_bug_is_noticed(bug: str, processes: ProcessPoolExecutor) -> None:
    begin = NOTICED_BY.get(bug, 1)
    blocks = (range(first, first + 2) for first in range(begin, begin + 120, 2))
    outcomes = (outcome for seeds in blocks for outcome in processes.map(partial(simulate, bug=bug), seeds))
    assert any(outcome.broken for outcome in outcomes)


def test_a_replay_is_identical_to_the_letter() -> None:
    def trace(hash_seed: str) -> str:
        command = [sys.executable, "-m", "simulation", "--seed", "5"]
        done = subprocess.run(
            command, env=os.environ | {"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert trace("1") == trace("2")
