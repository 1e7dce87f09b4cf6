"""What a service says of itself while it works, and its logs. Log fields are ids and counts: nothing personal."""

import json
import logging
import sys

import structlog

from shared.runtime import metrics


def records_taken(service: str, records: int, unreadable: int) -> None:
    metrics.RECORDS.labels(service).inc(records)
    metrics.DEAD_LETTERS.labels(service).inc(unreadable)


def set_aside(service: str, dead_letter: bool) -> None:
    metrics.DEAD_LETTERS.labels(service).inc(int(dead_letter))


def conflict(service: str) -> None:
    metrics.CONFLICTS.labels(service).inc()


def waiting(service: str) -> None:
    metrics.WAITS.labels(service).inc()


def batch_saved(service: str, items: int) -> None:
    metrics.BATCH.labels(service).observe(items)


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
