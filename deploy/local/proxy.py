"""A TCP proxy in front of real servers that passes, delays, cuts, or goes half-open, as networks do."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Self

from deploy.local.process import HOST

DELAY = 0.15
"""Seconds by which each chunk is late, in each direction, where nothing else is said."""
CHUNK = 65536


class Mode(Enum):
    """`CUT` refuses and ends connections; `HALF_OPEN` takes connections and bytes, and hands nothing on."""

    PASS = "pass"  # noqa: S105 - no password
    DELAY = "delay"
    CUT = "cut"
    HALF_OPEN = "half-open"


class Proxy:
    """One port of 127.0.0.1 for each real one behind it, up inside `async with`; `set` changes what it does to them."""

    def __init__(self, behind: Mapping[int, int], delay: float = DELAY) -> None:
        """`behind`: the real server's port by the proxy's own. `delay`: seconds, may be set anew at any time."""
        self._behind, self.delay = dict(behind), delay
        self._modes = dict.fromkeys(behind, Mode.PASS)
        self._servers: dict[int, asyncio.Server] = {}
        self._open: dict[int, set[asyncio.StreamWriter]] = {port: set() for port in behind}

    async def __aenter__(self) -> Self:
        for port in self._behind:
            await self._listen(port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for port in self._behind:
            await self.set(Mode.CUT, port)

    async def set(self, mode: Mode, *ports: int) -> None:
        """From now on; without `ports` for every one. Connections that were half-open end when they pass again."""
        for port in ports or self._behind:
            before, self._modes[port] = self._modes[port], mode
            if mode is Mode.CUT and port in self._servers:
                self._servers.pop(port).close()
            if mode is Mode.CUT or before is Mode.HALF_OPEN:
                for writer in self._open[port]:
                    writer.transport.abort()
            if mode is not Mode.CUT and port not in self._servers:
                await self._listen(port)

    async def _listen(self, port: int) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open[port].add(writer)
            with suppress(OSError, asyncio.CancelledError):
                await self._join(port, reader, writer)
            writer.transport.abort()
            self._open[port].discard(writer)

        self._servers[port] = await asyncio.start_server(serve, HOST, port, limit=CHUNK)

    async def _join(self, port: int, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(HOST, self._behind[port], limit=CHUNK)
        try:
            ways = {
                asyncio.ensure_future(self._pump(port, client, to_server)),
                asyncio.ensure_future(self._pump(port, server, to_client)),
            }
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            to_server.transport.abort()

    async def _pump(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            if self._modes[port] is Mode.DELAY:
                await asyncio.sleep(self.delay)
            if self._modes[port] is not Mode.HALF_OPEN:
                writer.write(chunk)
                await writer.drain()
