"""What people may rely on, as numbers (docs/slo.md), and how fast what may go wrong is used up."""

from collections.abc import Iterator
from typing import Any, NamedTuple

WINDOWS = ("5m", "30m", "1h", "6h", "3d")


class Objective(NamedTuple):
    """So much of `total` is to be `good`, over 30 days. Both are counters with a matcher, without a window."""

    name: str
    says: str
    target: float
    good: str
    total: str

    @property
    def budget(self) -> float:
        return round(1 - self.target, 6)


CONTACT_CHECK = 'upc_http_seconds_{part}{{service="blocking",route="/api/v1/prisoners/{{number}}/contact-check"{more}}}'
OBJECTIVES = (
    Objective(
        "routed",
        "requests are with the prison within one working day (R8)",
        0.995,
        'upc_requests_total{stage="routed",outcome="in_time"}',
        'upc_requests_total{stage="routed"}',
    ),
    Objective(
        "implemented",
        "blocks are in force within two working days of the decision (R13)",
        0.995,
        'upc_requests_total{stage="implemented",outcome="in_time"}',
        'upc_requests_total{stage="implemented"}',
    ),
    Objective(
        "alerted",
        "prisons are alerted within a minute of a report that contact went on (R29)",
        0.999,
        'upc_breach_alert_seconds_bucket{le="60.0"}',
        "upc_breach_alert_seconds_count",
    ),
    Objective(
        "contact-check",
        "contact checks are answered within 100 ms (R19)",
        0.999,
        CONTACT_CHECK.format(part="bucket", more=',le="0.1",status!~"5.."'),
        CONTACT_CHECK.format(part="count", more=""),
    ),
    Objective(
        "taken-in",
        "calls and pages of intake are answered, and not with a fault of ours (R4)",
        0.999,
        'upc_http_seconds_count{service="intake",route!~"/livez|/readyz|/callable|/metrics",status!~"5.."}',
        'upc_http_seconds_count{service="intake",route!~"/livez|/readyz|/callable|/metrics"}',
    ),
)


class Burning(NamedTuple):
    """The budget of 30 days goes so many times too fast, over a long window and still over a short one."""

    long: str
    short: str
    factor: float
    severity: str


FAST = (Burning("1h", "5m", 14.4, "page"), Burning("6h", "30m", 6, "page"))
SLOW = (Burning("3d", "6h", 1, "ticket"),)


def recorded(window: str) -> str:
    """The name of the recorded share of what went wrong."""
    return f"upc:missed:ratio_rate{window}"


def recording() -> Iterator[dict[str, Any]]:
    """The share of what went wrong in each window, for each objective; nothing where nothing was asked for."""
    for objective in OBJECTIVES:
        for window in WINDOWS:
            good, total = (f"sum(rate({counter}[{window}]))" for counter in (objective.good, objective.total))
            expr = f"1 - ({good} or vector(0)) / ({total} > 0)"
            yield {"record": recorded(window), "expr": expr, "labels": {"objective": objective.name}}


def burns(burning: tuple[Burning, ...]) -> str:
    """Whether an objective's budget goes too fast: in both windows, so that it ends soon after the cause does."""
    return " or ".join(
        f'({recorded(each.long)}{{objective="{objective.name}"}} > {_over(objective, each)}'
        f' and {recorded(each.short)}{{objective="{objective.name}"}} > {_over(objective, each)})'
        for each in burning
        for objective in OBJECTIVES
    )


def _over(objective: Objective, burning: Burning) -> str:
    return f"{objective.budget * burning.factor:.6g}"
