"""Metrics and logs. Labels and log fields are ids and counts: nothing personal."""

import json
import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("upc_records_total", "Records taken from Kafka.", ["service"])
DEAD_LETTERS = Counter("upc_dead_letters_total", "Records set aside with a reason.", ["service"])
CONFLICTS = Counter("upc_conflicts_total", "Batches decided again because somebody else wrote first.", ["service"])
WAITS = Counter("upc_waits_total", "Times a batch waited for MongoDB or Kafka.", ["service"])
BATCH = Histogram(
    "upc_batch_records",
    "Events decided in one transaction.",
    ["service"],
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 2000),
)
READY = Gauge("upc_ready", "1 where a dependency is there.", ["service", "dependency"])
HTTP_SECONDS = Histogram("upc_http_seconds", "Time to answer, in seconds.", ["service", "route", "status"])


def records_taken(service: str, records: int, unreadable: int) -> None:
    RECORDS.labels(service).inc(records)
    DEAD_LETTERS.labels(service).inc(unreadable)


def set_aside(service: str, dead_letter: bool) -> None:
    DEAD_LETTERS.labels(service).inc(int(dead_letter))


def conflict(service: str) -> None:
    CONFLICTS.labels(service).inc()


def waiting(service: str) -> None:
    WAITS.labels(service).inc()


def batch_saved(service: str, items: int) -> None:
    BATCH.labels(service).observe(items)


def logs(service: str, level: str) -> None:
    """One JSON object a line on standard output, for this process and the libraries it uses."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Plain())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class Plain(logging.Formatter):
    """A library's words, without what they are about, and an exception's type: the rest can repeat what somebody sent."""

    def format(self, record: logging.LogRecord) -> str:
        said = {"level": record.levelname.lower(), "logger": record.name, "event": str(record.msg).partition("\n")[0]}
        kind = record.exc_info[0] if record.exc_info else None
        return json.dumps(said | ({"error": kind.__name__} if kind else {}))
