"""Stands in for a service that ignores SIGTERM. Says so once it does."""

import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
