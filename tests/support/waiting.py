"""How long tests wait: longer than anything takes on a slow and busy machine, so that only what never comes fails."""

import asyncio
import time
from collections.abc import Callable

import psutil

PATIENCE = 60.0
"""Seconds."""


def eventually(holds: Callable[[], bool], within: float = PATIENCE) -> bool:
    """Whether `holds` becomes true."""
    give_up = time.monotonic() + within
    while time.monotonic() < give_up:
        if holds():
            return True
        time.sleep(0.05)
    return False


def is_gone(pid: int) -> bool:
    """Also when nobody has asked yet how it ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def become(holds: Callable[[], bool]) -> None:
    """Returns once `holds` is true, for what this test's own event loop brings about. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.05)
