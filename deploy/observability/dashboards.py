"""Three dashboards: are people protected in time, is it healthy, and one service from inside."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from deploy.observability.objectives import OBJECTIVES, recorded

Json = dict[str, Any]


class Panel(NamedTuple):
    """One picture: queries by what they are called there. `width` is of 24, `kind` and `unit` are Grafana's names."""

    title: str
    queries: dict[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12


class Dashboard(NamedTuple):
    """`variables` are chosen at the top: by name, the query whose values they are."""

    uid: str
    title: str
    panels: Sequence[Panel]
    variables: dict[str, str]


def quantile(share: float, histogram: str, by: str, where: str = "") -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({histogram}_bucket{where}[$__rate_interval])))"


def _now(title: str, query: str, unit: str = "short") -> Panel:
    return Panel(title, {"": query}, unit, "stat", 4)


PROTECTED = Dashboard(
    "upc-protected",
    "Are people protected in time",
    (
        _now("Due within the hour", 'sum(max by (kind) (upc_to_do{by="within_hour",kind!~"breach|find_breach|task"}))'),
        _now("Late", 'sum(max by (kind) (upc_to_do{by="late",kind!~"breach|find_breach"}))'),
        _now("Lists that no prison holds", "max(upc_lists_unheld)"),
        _now("Lists that prisons take for old", "max(upc_lists_ahead)"),
        _now("Breach reports no prison has", "max(upc_breach_alerts_undelivered)"),
        _now("Breaches to be acted on", 'max(upc_to_do{by="all",kind="breach"})'),
        _now("Set aside today", "sum(increase(upc_dead_letters_total[24h]))"),
        Panel("What waits, by kind", {"{{kind}}": 'max by (kind) (upc_to_do{by="all"})'}),
        Panel("Of it late", {"{{kind}}": 'max by (kind) (upc_to_do{by="late"})'}),
        Panel("Requests an hour, by stage", {"{{stage}}": "sum by (stage) (rate(upc_requests_total[1h])) * 3600"}),
        Panel(
            "In time, of those that came so far (a day)",
            {
                "{{stage}}": 'sum by (stage) (increase(upc_requests_total{outcome="in_time"}[1d]))'
                ' / sum by (stage) (increase(upc_requests_total{outcome=~"in_time|late"}[1d]))'
            },
            "percentunit",
        ),
        Panel(
            "From submission to each stage: nine of ten within",
            {"{{stage}}": quantile(0.9, "upc_stage_seconds", "stage")},
            "s",
        ),
        Panel(
            "Time left when a deadline was met: the tightest tenth",
            {"{{deadline}}": quantile(0.1, "upc_deadline_margin_seconds", "deadline")},
            "s",
        ),
        Panel(
            "Missed, by prison (a week)",
            {
                "{{prison}} {{deadline}}": "topk(10, sum by (prison, deadline)"
                ' (increase(upc_deadline_margin_seconds_bucket{le="0.0"}[7d])) > 0)'
            },
            kind="bargauge",
        ),
        Panel(
            "What became of requests (a day)",
            {"{{stage}} {{outcome}}": "sum by (stage, outcome) (increase(upc_requests_total[1d]))"},
            kind="bargauge",
        ),
        Panel(
            "From a report to the alert: nine of ten within",
            {"alert": "histogram_quantile(0.9, sum by (le) (rate(upc_breach_alert_seconds_bucket[$__rate_interval])))"},
            "s",
        ),
        Panel(
            "E-mails an hour, by what came of them",
            {"{{outcome}}": "sum by (outcome) (rate(upc_message_attempts_total[1h])) * 3600"},
        ),
        Panel(
            "Mails that came, an hour, by what they were",
            {"{{kind}}": "sum by (kind) (rate(upc_mails_total[1h])) * 3600"},
        ),
        Panel("Mails in the inbox", {"waiting": "max(upc_mails_waiting)"}),
    ),
    {},
)
HEALTHY = Dashboard(
    "upc-healthy",
    "Is it healthy",
    (
        *(
            _now(
                f"Budget used this hour: {objective.name}",
                f'{recorded("1h")}{{objective="{objective.name}"}} / {objective.budget}',
                "percentunit",
            )
            for objective in OBJECTIVES
        ),
        _now("Instances that answer", "sum(up)"),
        Panel(
            "Dependencies that are missing",
            {"{{service}} {{dependency}}": "min by (service, dependency) (upc_ready) == 0"},
        ),
        Panel("Behind, in seconds", {"{{service}}": "max by (service) (upc_lag_seconds)"}, "s"),
        Panel("Behind, in records", {"{{service}}": "sum by (service) (upc_lag_records)"}),
        Panel("Records a second", {"{{service}}": "sum by (service) (rate(upc_records_total[$__rate_interval]))"}),
        Panel("Oldest that is not published", {"{{service}}": "max by (service) (upc_outbox_seconds)"}, "s"),
        Panel("Timers overdue by", {"{{service}}": "max by (service) (upc_timers_overdue_seconds)"}, "s"),
        Panel("Dead letters", {"{{service}}": "sum by (service) (increase(upc_dead_letters_total[$__rate_interval]))"}),
        Panel("Too early, tried again", {"{{service}}": "max by (service) (upc_parked)"}),
        Panel(
            "Transactions tried again a second",
            {"{{service}}": "sum by (service) (rate(upc_conflicts_total[$__rate_interval]))"},
        ),
        Panel(
            "Waits for MongoDB or Kafka a second",
            {"{{service}}": "sum by (service) (rate(upc_waits_total[$__rate_interval]))"},
        ),
        Panel(
            "Contact check: 99 of 100 within",
            {
                "{{status}}": quantile(
                    0.99, "upc_http_seconds", "status", '{route="/api/v1/prisoners/{number}/contact-check"}'
                )
            },
            "s",
        ),
        Panel(
            "Answers that were a fault of ours",
            {"{{service}}": 'sum by (service) (rate(upc_http_seconds_count{status=~"5.."}[$__rate_interval]))'},
        ),
        Panel("Looks that were not recorded", {"lost": "sum(increase(upc_audit_lost_total[$__rate_interval]))"}),
    ),
    {},
)
INSIDE = Dashboard(
    "upc-inside",
    "One service from inside",
    (
        Panel("Ready", {"{{dependency}}": 'min by (dependency) (upc_ready{service="$service"})'}),
        Panel("Behind, by topic", {"{{topic}}": 'sum by (topic) (upc_lag_records{service="$service"})'}),
        Panel("Behind, in seconds", {"{{instance}}": 'upc_lag_seconds{service="$service"}'}, "s"),
        Panel("Records a second", {"{{instance}}": 'rate(upc_records_total{service="$service"}[$__rate_interval])'}),
        Panel(
            "Events in a transaction: half and nine of ten within",
            {
                "half": quantile(0.5, "upc_batch_records", "service", '{service="$service"}'),
                "nine of ten": quantile(0.9, "upc_batch_records", "service", '{service="$service"}'),
            },
        ),
        Panel(
            "Transactions tried again, and waits, a second",
            {
                "again": 'sum(rate(upc_conflicts_total{service="$service"}[$__rate_interval]))',
                "waits": 'sum(rate(upc_waits_total{service="$service"}[$__rate_interval]))',
            },
        ),
        Panel(
            "Outbox, timers",
            {
                "not published for": 'max(upc_outbox_seconds{service="$service"})',
                "overdue for": 'max(upc_timers_overdue_seconds{service="$service"})',
            },
            "s",
        ),
        Panel(
            "Waiting in MongoDB",
            {
                "timers overdue": 'max(upc_timers_overdue{service="$service"})',
                "too early": 'max(upc_parked{service="$service"})',
            },
        ),
        Panel(
            "Answers a second, by route",
            {
                "{{route}} {{status}}": "sum by (route, status)"
                ' (rate(upc_http_seconds_count{service="$service"}[$__rate_interval]))'
            },
        ),
        Panel(
            "Nine of ten answers within, by route",
            {"{{route}}": quantile(0.9, "upc_http_seconds", "route", '{service="$service"}')},
            "s",
        ),
        Panel(
            "Dead letters",
            {"dead letters": 'sum(increase(upc_dead_letters_total{service="$service"}[$__rate_interval]))'},
        ),
        Panel(
            "Memory",
            {
                "{{instance}}": 'process_resident_memory_bytes and on (instance) upc_lag_seconds{service="$service"}',
            },
            "bytes",
        ),
    ),
    {"service": "label_values(upc_lag_seconds, service)"},
)
DASHBOARDS = (PROTECTED, HEALTHY, INSIDE)


def grafana(dashboard: Dashboard) -> Json:
    """As Grafana reads it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["upc"],
        "schemaVersion": 41,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_variable(name, query) for name, query in dashboard.variables.items()]},
        "panels": [*_placed(dashboard.panels)],
    }


def _variable(name: str, query: str) -> Json:
    return {"name": name, "type": "query", "datasource": _PROMETHEUS, "query": query, "definition": query, "refresh": 2}


_PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}


def _placed(panels: Sequence[Panel]) -> Iterator[Json]:
    """From left to right, row by row."""
    x = y = height = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > 24:
            x, y = 0, y + height
        height = 5 if panel.kind == "stat" else 8
        yield _panel(number, panel, {"x": x, "y": y, "w": panel.width, "h": height})
        x += panel.width


def _panel(number: int, panel: Panel, place: Json) -> Json:
    targets = [
        {"refId": chr(ord("A") + at), "expr": expr, "legendFormat": legend, "datasource": _PROMETHEUS}
        for at, (legend, expr) in enumerate(panel.queries.items())
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _PROMETHEUS,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": targets,
    }
