"""Every metric of the platform, defined here and nowhere else; dashboards and alerts are made from them (`deploy/observability`).

Labels are few, and say nothing of a person: services, topics, prisons, steps and what came of them.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from shared.runtime.figures import Figure, Measured

HOUR, DAY = 3600, 86400

# What the service is for, as the desk hears of it: `services/desk/handlers/measuring.py`.
REQUESTS = Counter(
    "upc_requests_total",
    "Requests, and from a prison's decision on the blocks of each, by the stage they reached and how.",
    ["stage", "outcome"],
)
STAGE_SECONDS = Histogram(
    "upc_stage_seconds",
    "Seconds from submission until a request, or a block of it, reached a stage for the first time.",
    ["stage"],
    buckets=(1, 10, 60, 600, HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY),
)
MARGIN_SECONDS = Histogram(
    "upc_deadline_margin_seconds",
    "Seconds that were left until a deadline when it was met (R8, R13, R22); below zero it was missed.",
    ["deadline", "prison"],
    buckets=(-7 * DAY, -DAY, -4 * HOUR, -HOUR, 0, HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 7 * DAY, 60 * DAY),
)
ALERT_SECONDS = Histogram(
    "upc_breach_alert_seconds",
    "Seconds from a report that contact went on to the prison's alert (R29).",
    [],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 900, HOUR, 4 * HOUR, DAY),
)
TO_DO = Gauge(
    "upc_to_do",
    "What waits for somebody to do it, by kind and by when: all, within_hour (and not late yet), late.",
    ["kind", "by"],
)
UNDELIVERED = Gauge("upc_breach_alerts_undelivered", "Reports of a minute ago or longer that no prison was alerted to.")
UNHELD = Gauge("upc_lists_unheld", "Lists past their deadline with a block that no prison is known to hold (R13, R40).")
QUEUE_KNOWN = Gauge("upc_to_do_known_seconds", "When the three gauges before this were true: seconds since 1970.")
LISTS_AHEAD = Gauge(
    "upc_lists_ahead", "Lists whose last version on the topic is not the newest: prisons take it for old."
)

# How a service is.
READY = Gauge("upc_ready", "1 where a dependency is there.", ["service", "dependency"])
RECORDS = Counter("upc_records_total", "Records taken from Kafka.", ["service"])
LAG_RECORDS = Gauge("upc_lag_records", "Records on a topic that this instance has to handle yet.", ["service", "topic"])
LAG_SECONDS = Gauge("upc_lag_seconds", "Age of the oldest record that this instance has to handle yet.", ["service"])
DEAD_LETTERS = Counter("upc_dead_letters_total", "Records set aside with a reason.", ["service"])
PARKED = Gauge("upc_parked", "Records that came too early and are tried again.", ["service"])
BATCH = Histogram(
    "upc_batch_records",
    "Events decided in one transaction.",
    ["service"],
    buckets=(1, 2, 5, 10, 50, 100, 500, 1000, 2000, 4000),
)
CONFLICTS = Counter("upc_conflicts_total", "Transactions tried again because somebody else wrote first.", ["service"])
WAITS = Counter("upc_waits_total", "Times a batch waited for MongoDB or Kafka.", ["service"])
OUTBOX_SECONDS = Gauge(
    "upc_outbox_seconds", "Age of the oldest saved batch that is not known to be published.", ["service"]
)
TIMERS_OVERDUE = Gauge("upc_timers_overdue", "Timers whose time has come and that have not fired.", ["service"])
TIMERS_SECONDS = Gauge("upc_timers_overdue_seconds", "By how long the oldest of these is overdue.", ["service"])
HTTP_SECONDS = Histogram(
    "upc_http_seconds",
    "Time to answer, in seconds. The contact check (R19) is the route `/api/v1/prisoners/{number}/contact-check`.",
    ["service", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
MESSAGES = Counter("upc_message_attempts_total", "E-mails by what came of an attempt to send or look up.", ["outcome"])
MAILS = Counter("upc_mails_total", "Mails put away, by what they were.", ["kind"])
MAILS_WAITING = Gauge("upc_mails_waiting", "Mails in the inbox that were not taken in yet, as far as one look shows.")
MAILS_LEFT = Counter("upc_mails_left_total", "Times a mail could not be taken in, and was left in the inbox.")
LOOKS_LOST = Counter("upc_audit_lost_total", "Looks at a person's data that could not be recorded one by one.")

ALL = (
    *(REQUESTS, STAGE_SECONDS, MARGIN_SECONDS, ALERT_SECONDS, TO_DO, UNDELIVERED, UNHELD, QUEUE_KNOWN, LISTS_AHEAD),
    *(READY, RECORDS, LAG_RECORDS, LAG_SECONDS, DEAD_LETTERS, PARKED, BATCH, CONFLICTS, WAITS),
    *(OUTBOX_SECONDS, TIMERS_OVERDUE, TIMERS_SECONDS, HTTP_SECONDS, MESSAGES, LOOKS_LOST),
    *(MAILS, MAILS_WAITING, MAILS_LEFT),
)


OF_DECISIONS: dict[Figure, Counter | Histogram] = {
    Figure.REQUESTS: REQUESTS,
    Figure.STAGE_SECONDS: STAGE_SECONDS,
    Figure.MARGIN_SECONDS: MARGIN_SECONDS,
    Figure.ALERT_SECONDS: ALERT_SECONDS,
}


def expect_requests() -> None:
    """What budgets count is told as 0 from the start: Prometheus sees no rise in a series that begins with its first."""
    for stage in ("routed", "implemented", "reviewed"):
        for outcome in ("in_time", "late"):
            REQUESTS.labels(stage, outcome)


def expect_faults(service: str, routes: Iterable[str]) -> None:
    """The same for faults of ours on the routes that a budget is about."""
    for route in routes:
        for status in ("500", "503"):
            HTTP_SECONDS.labels(service, route, status)


def count(measures: Iterable[Measured]) -> None:
    """Adds what was decided, and is saved now, to the metrics."""
    for figure, labels, value in measures:
        metric = OF_DECISIONS[figure]
        child = metric.labels(*labels) if labels else metric
        if isinstance(child, Counter):
            child.inc(value)
        else:
            child.observe(value)
