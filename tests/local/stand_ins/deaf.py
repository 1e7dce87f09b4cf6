"""Stands in for a service that ignores SIGTERM. It answers nothing."""

import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
