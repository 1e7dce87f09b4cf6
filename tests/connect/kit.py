"""The programs of `connect/` as somebody outside runs them: each a process, with an environment that says where everything is."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from deploy.local.process import ROOT
from tests.support.waiting import PATIENCE

CONNECT = ROOT / "connect"


class Ran(NamedTuple):
    """How it ended, and what it said."""

    code: int | None
    out: str
    err: str


@dataclass(frozen=True)
class Kit:
    """`env` is what the programs are told beside the machine's own. They run where nothing of ours can be imported."""

    env: Mapping[str, str]
    folder: Path

    async def run(self, program: str, *arguments: str) -> Ran:
        """Until it ends by itself."""
        async with self.started(program, *arguments) as process:
            return await ended(process)

    @asynccontextmanager
    async def started(self, program: str, *arguments: str) -> AsyncIterator[Process]:
        """While it is needed."""
        command = [sys.executable, "-P", str(CONNECT / program), *arguments]
        env = os.environ | self.env
        process = await asyncio.create_subprocess_exec(*command, cwd=self.folder, env=env, stdout=PIPE, stderr=PIPE)
        try:
            yield process
        finally:
            await killed(process)


async def ended(process: Process) -> Ran:
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return Ran(process.returncode, out.decode(), err.decode())


async def killed(process: Process) -> None:
    """At once (SIGKILL), if it has not ended."""
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def says(stream: asyncio.StreamReader | None, what: str) -> None:
    """Returns with the first line that has `what` in it."""
    assert stream
    async with asyncio.timeout(PATIENCE):
        while line := (await stream.readline()).decode():
            if what in line:
                return
    raise AssertionError(f"it ended without saying {what!r}")
