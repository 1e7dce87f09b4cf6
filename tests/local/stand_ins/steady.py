"""Stands in for a service: answers /readyz on STEADY_PORT, and leaves a line in its log when asked to stop."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the log is for what the tests look for."""


def stop(number: int, frame: object) -> None:
    print("asked to stop", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
HTTPServer(("127.0.0.1", int(os.environ["STEADY_PORT"])), Ready).serve_forever()
