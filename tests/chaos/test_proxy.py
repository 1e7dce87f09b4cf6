import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local import free_port
from deploy.local.proxy import DELAY, Mode, Proxy

SOON = DELAY


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that sends back what it gets."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    port = free_port()
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    yield port
    server.close()


@pytest.fixture
async def proxied(echo: int) -> AsyncIterator[tuple[Proxy, int]]:
    port = free_port()
    async with Proxy({port: echo}) as proxy:
        yield proxy, port


@asynccontextmanager
async def dialled(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0.05)


async def say(writer: asyncio.StreamWriter, reader: asyncio.StreamReader, word: bytes, within: float = 5) -> bytes:
    writer.write(word)
    return await asyncio.wait_for(reader.read(100), within)


async def test_what_passes_comes_back(proxied: tuple[Proxy, int]) -> None:
    async with dialled(proxied[1]) as (reader, writer):
        assert await say(writer, reader, b"hello") == b"hello"


async def test_what_is_delayed_comes_later(proxied: tuple[Proxy, int]) -> None:
    proxy, port = proxied
    async with dialled(port) as (reader, writer):
        await proxy.set(Mode.DELAY)
        with pytest.raises(TimeoutError):
            await say(writer, reader, b"hello", within=SOON)
        assert await asyncio.wait_for(reader.read(100), 5) == b"hello"


async def test_a_cut_ends_connections_and_refuses_new_ones_until_it_is_mended(proxied: tuple[Proxy, int]) -> None:
    proxy, port = proxied
    async with dialled(port) as (reader, writer):
        assert await say(writer, reader, b"hello") == b"hello"
        await proxy.set(Mode.CUT)
        assert await asyncio.wait_for(reader.read(100), 5) == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    await proxy.set(Mode.PASS)
    async with dialled(port) as (reader, writer):
        assert await say(writer, reader, b"again") == b"again"


async def test_a_half_open_connection_takes_everything_and_brings_nothing(proxied: tuple[Proxy, int]) -> None:
    proxy, port = proxied
    async with dialled(port) as (reader, writer):
        await proxy.set(Mode.HALF_OPEN)
        with pytest.raises(TimeoutError):
            await say(writer, reader, b"hello", within=SOON)
        await proxy.set(Mode.PASS)
        assert await asyncio.wait_for(reader.read(100), 5) == b""
