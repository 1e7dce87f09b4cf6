"""Every alert, as it should fire and as it should not: series as `promtool test rules` writes them, a sample a minute."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from deploy.observability.alerts import ALERTS


class Case(NamedTuple):
    """After `minutes` of `fires` the alert is there, with `labels` and `says`; after as many of `quiet` it is not."""

    alert: str
    fires: dict[str, str]
    says: str
    quiet: dict[str, str]
    labels: Mapping[str, str] = MappingProxyType({})
    minutes: int = 10

    def asked(self, fires: bool) -> dict[str, Any]:
        (alert,) = (each for each in ALERTS if each.name == self.alert)
        expected = {
            "exp_labels": {"severity": alert.severity, **self.labels},
            "exp_annotations": {"summary": self.says, "runbook_url": alert.runbook},
        }
        times = {"eval_time": f"{self.minutes}m", "alertname": self.alert}
        return times | {"exp_alerts": [expected] if fires else []}


class End(NamedTuple):
    """What was wrong until it was mended after `mended` minutes, and by when its alert is over."""

    alert: str
    series: dict[str, str]
    mended: int
    over: int

    def test(self) -> dict[str, Any]:
        (case,) = (each for each in CASES if each.alert == self.alert)
        still, over = case._replace(minutes=self.mended), case._replace(minutes=self.over)
        return {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "alert_rule_test": [still.asked(fires=True), over.asked(fires=False)],
        }


def world(fires: bool) -> dict[str, Any]:
    """All of it at once: in one everything is wrong, in the other everything nearly is."""
    series: dict[str, str] = {}
    for case in CASES:
        series |= case.fires if fires else case.quiet
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [case.asked(fires) for case in CASES],
    }


def _queue(kind: str, by: str, values: str) -> dict[str, str]:
    """Two instances tell of the same queue: what waits is counted once."""
    return {f'upc_to_do{{kind="{kind}",by="{by}",instance="{n}"}}': values for n in "ab"}


def _messages(**outcomes: str) -> dict[str, str]:
    return {f'upc_message_attempts_total{{outcome="{outcome}"}}': values for outcome, values in outcomes.items()}


ROUTED_LATE = {
    'upc_requests_total{stage="routed",outcome="in_time"}': "0+9x90",
    'upc_requests_total{stage="routed",outcome="late"}': "0+1x90",
}
ROUTED_WELL = {
    'upc_requests_total{stage="routed",outcome="in_time"}': "0+1000x90",
    'upc_requests_total{stage="routed",outcome="late"}': "0+1x90",
}
CASES = (
    Case(
        "DeadlineWithinTheHour",
        _queue("mail", "within_hour", "0x8 2x10"),
        "2 of kind mail will miss their deadline within the hour",
        _queue("breach", "within_hour", "0x8 2x10") | _queue("decide", "all", "2x20"),
        {"kind": "mail"},
    ),
    Case(
        "DeadlineMissed",
        _queue("task", "late", "0x8 1x10"),
        "1 of kind task have missed their deadline",
        _queue("breach", "late", "3x20") | _queue("task", "all", "1x20"),
        {"kind": "task"},
    ),
    Case(
        "BlockUnacknowledged",
        _queue("acknowledge", "late", "0x8 3x10"),
        "3 lists should have been confirmed by their prison by now",
        _queue("acknowledge", "all", "3x20"),
    ),
    Case(
        "BlockHeldByNobody",
        {"upc_lists_unheld": "0x9 1x10"},
        "1 prisoners have blocks in force that no prison confirms: they may be able to ring",
        {"upc_lists_unheld": "0x20"},
    ),
    Case(
        "BreachAlertNotDelivered",
        {"upc_breach_alerts_undelivered": "0x9 2x10"},
        "2 reports that contact went on have reached no prison within a minute",
        {"upc_breach_alerts_undelivered": "0x20"},
    ),
    Case(
        "ListAhead",
        {"upc_lists_ahead": "0x6 1x20"},
        "1 lists were published under versions that prisons take for old: what was decided last does not reach them",
        {"upc_lists_ahead": "0x8 1x10"},
    ),
    Case(
        "OneMore",
        {"upc_breach_alerts_undelivered": "0x3 1x5 2x10"},
        "BreachAlertNotDelivered fires already, and now for more than five minutes ago: 2",
        {"upc_breach_alerts_undelivered": "0x20"},
        {"what": "BreachAlertNotDelivered"},
    ),
    Case(
        "QueueNotSeen",
        {"upc_to_do_known_seconds": "0x20"},
        "Nobody knows what is late: the desk does not tell, and no alert about deadlines can fire",
        {"upc_to_do_known_seconds": "0+60x20"},
    ),
    Case(
        "DeadLetters",
        {'upc_dead_letters_total{service="blocking"}': "0x8 1x10"},
        "blocking could not take something: what it asked for has not been done",
        {'upc_dead_letters_total{service="blocking"}': "7x20"},
        {"service": "blocking"},
    ),
    Case(
        "MailLeft",
        {"upc_mails_left_total": "0x8 1x10"},
        "A mail can't be taken in and stays in the inbox: what it asks for has not been done",
        {"upc_mails_left_total": "3x20"},
    ),
    Case(
        "BudgetBurnsFast",
        ROUTED_LATE,
        "routed: the month's budget is gone in days",
        ROUTED_WELL,
        {"objective": "routed"},
        minutes=80,
    ),
    Case(
        "BudgetBurnsSlowly",
        ROUTED_LATE,
        "routed: the month's budget will be gone early",
        ROUTED_WELL,
        {"objective": "routed"},
        minutes=80,
    ),
    Case(
        "InstanceGone",
        {'up{job="upc",instance="a:8001"}': "1x3 0x20"},
        "a:8001 does not answer",
        {'up{job="upc",instance="a:8001"}': "1x3 0x2 1x20"},
        {"instance": "a:8001", "job": "upc"},
    ),
    Case(
        "DependencyMissing",
        {'upc_ready{service="desk",dependency="mongodb"}': "1x3 0x20"},
        "desk has been without mongodb for two minutes",
        {'upc_ready{service="desk",dependency="mongodb"}': "1x9 0x20"},
        {"service": "desk", "dependency": "mongodb"},
    ),
    Case(
        "FallingBehind",
        {
            'upc_lag_seconds{service="routing",instance="a"}': "90x20",
            'upc_lag_seconds{service="routing",instance="b"}': "0x20",
        },
        "routing is 1m 30s behind",
        {'upc_lag_seconds{service="routing",instance="a"}': "90x3 0x20"},
        {"service": "routing"},
    ),
    Case(
        "OutboxStuck",
        {'upc_outbox_seconds{service="blocking"}': "0+60x20"},
        "blocking decided something 10m 0s ago and has not said so",
        {'upc_outbox_seconds{service="blocking"}': "30x20"},
        {"service": "blocking"},
    ),
    Case(
        "TimersStuck",
        {'upc_timers_overdue_seconds{service="transfers"}': "0+60x20"},
        "transfers has let a time go by for 10m 0s",
        {'upc_timers_overdue_seconds{service="transfers"}': "100x20"},
        {"service": "transfers"},
    ),
    Case(
        "MailNotTaken",
        _messages(not_taken="0+10x40", sent="0+1x40"),
        "Most e-mails to requesters do not get out",
        _messages(not_taken="0+1x40", sent="0+10x40"),
        minutes=40,
    ),
    Case(
        "AuditIncomplete",
        {"upc_audit_lost_total": "0x3 5x20"},
        "Who looked at what was not recorded one by one",
        {"upc_audit_lost_total": "0x20"},
    ),
)
ROUTED_LATE_ONCE = {
    'upc_requests_total{stage="routed",outcome="in_time"}': "0+9x600",
    'upc_requests_total{stage="routed",outcome="late"}': "0+1x80 80x600",
}
ENDS = (
    End("BudgetBurnsFast", ROUTED_LATE_ONCE, mended=80, over=80 + 31),
    End("BudgetBurnsSlowly", ROUTED_LATE_ONCE, mended=80, over=80 + 6 * 60 + 1),
    End("MailNotTaken", _messages(not_taken="0+10x40 400x40", sent="0+1x40 41+10x40"), mended=40, over=40 + 12),
    End("AuditIncomplete", {"upc_audit_lost_total": "0x3 5x100"}, mended=30, over=4 + 61),
)
"""Those for which nobody waits beside a demo."""
