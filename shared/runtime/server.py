"""The one place that sets up an HTTP server: how long it waits for a request, and what is said to what is no request."""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.runtime.guard import LARGEST_HEAD, headers_for
from shared.runtime.problems import Problem, answer

LONGEST_HEAD = 10.0
"""Seconds from a request's first byte, or the connection's beginning, until its head is there."""
LONGEST_IDLE = 75
"""Seconds that a connection is kept between requests: longer than proxies keep theirs, which would send into a closing one."""


def config(app: ASGIApp | Callable[..., Any], host: str, port: int) -> uvicorn.Config:
    """A server for `app`; `services` and tests start it alike."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=LONGEST_IDLE,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )


class Protocol(H11Protocol):
    """Uvicorn's, for callers who send a byte now and then, or what is no HTTP."""

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_head()

    def on_response_complete(self) -> None:
        """Of the next head something may have come meanwhile: it is waited for like the first; such a connection is not idle."""
        super().on_response_complete()
        begun, _ = self.conn.trailing_data
        if begun:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Once an answer has begun there is no other to give."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            refused = answer(Problem(400, "This is no HTTP request", headers={"Connection": "close"}))
            headers = {**refused.headers, **headers_for("http")}
            self._send(h11.Response(status_code=400, headers=[*headers.items()]))
            self._send(h11.Data(data=bytes(refused.body)))
            self._send(h11.EndOfMessage())
        self.transport.close()

    def _send(self, event: h11.Event) -> None:
        self.transport.write(self.conn.send(event) or b"")

    def _wait_for_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head_due is None:
            self._head_due = self.loop.call_later(LONGEST_HEAD, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None
