"""The rules and dashboards as Prometheus and Grafana get them: made from the code, and from metrics that are there."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.utils import floatToGoString

from deploy.local.process import ROOT
from deploy.observability.__main__ import ON_ONE_HOST, files
from deploy.observability.alerts import ALERTS, CLOCKED, LATE, Alert, groups
from deploy.observability.dashboards import DASHBOARDS, Dashboard, grafana
from deploy.observability.objectives import OBJECTIVES
from services.desk.domain.todo import Kind
from shared.runtime import metrics
from tests.observability.cases import CASES, ENDS, End, world

PROMTOOL = ROOT / "build/prometheus/promtool"
PROMETHEUS_OWN = {"up": {"job", "instance"}, "process_resident_memory_bytes": {"instance"}}
NO_LABELS = {"le", "job", "instance", "objective"}


def promtool(*words: str | Path) -> str:
    ran = subprocess.run([PROMTOOL, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_rules_and_dashboards_are_as_the_code_says() -> None:
    differs = [file.name for file, text in files().items() if not file.exists() or file.read_text() != text]
    assert differs == [], "make them again: python -m deploy.observability"


def test_prometheus_takes_the_rules_and_its_settings() -> None:
    promtool("check", "config", ON_ONE_HOST / "prometheus.yml")


def test_each_alert_fires_when_it_should_and_not_when_it_should_not(tmp_path: Path) -> None:
    file = tmp_path / "alerts_test.yml"
    rules = str(ON_ONE_HOST / "alerts.yml")
    file.write_text(yaml.safe_dump({"rule_files": [rules], "tests": [world(fires=True), world(fires=False)]}))
    promtool("test", "rules", file)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.alert)
def test_what_is_mended_wakes_nobody_any_more(end: End, tmp_path: Path) -> None:
    file = tmp_path / "ends_test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ON_ONE_HOST / "alerts.yml")], "tests": [end.test()]}))
    promtool("test", "rules", file)


def test_no_alert_goes_untested() -> None:
    assert [case.alert for case in CASES] == [alert.name for alert in ALERTS]


def test_nothing_of_the_queue_becomes_late_without_an_alert() -> None:
    """Lists and breaches have alerts of their own."""
    assert {*LATE.split("|")} == {*Kind} - {Kind.ACKNOWLEDGE, Kind.BREACH, Kind.FIND_BREACH}
    assert {*CLOCKED.split("|")} == {*LATE.split("|"), Kind.ACKNOWLEDGE} - {Kind.TASK}


def test_no_metric_is_made_beside_the_one_list() -> None:
    code = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    making = re.compile(r"\b(Counter|Gauge|Histogram|Summary)\(\s*[\"']")
    assert [file.name for file in code if making.search(file.read_text())] == ["metrics.py"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_each_alert_says_what_to_do(alert: Alert) -> None:
    text = (ROOT / alert.runbook).read_text()
    assert text.startswith(f"# {alert.name}\n")
    assert {line for line in text.splitlines() if line.startswith("## ")} == {
        "## What it means",
        "## Look",
        "## Do",
        "## Afterwards",
    }


def test_there_is_no_runbook_for_what_nobody_is_told() -> None:
    assert {page.stem for page in (ROOT / "docs/runbooks").glob("*.md")} == {alert.name for alert in ALERTS} | {
        "README"
    }


def test_the_page_on_objectives_has_them_as_the_code_says() -> None:
    page = (ROOT / "docs/slo.md").read_text()
    for objective in OBJECTIVES:
        assert f"| `{objective.name}` | {objective.target:.1%} of {objective.says} |" in page


def known() -> dict[str, set[str]]:
    """Each sample that can be asked for, and the labels that it has."""
    told: dict[str, set[str]] = {}
    for metric in metrics.ALL:
        (family,) = metric.describe()
        endings = {Counter: ["_total"], Histogram: ["_bucket", "_count", "_sum"]}.get(type(metric), [""])
        told |= {family.name + ending: set(metric._labelnames) for ending in endings}
    recorded = {rule["record"]: {"objective"} for group in groups() for rule in group["rules"] if "record" in rule}
    return told | recorded | PROMETHEUS_OWN


def asked(expr: str) -> Iterator[tuple[str, set[str]]]:
    """Each sample that a query asks for, with the labels by which it chooses among them."""
    for name, matchers in re.findall(r"\b((?:upc|up|process)[a-z_:0-9]*)\b(?:\{([^}]*(?:\{[^}]*\}[^}]*)*)\})?", expr):
        yield name, set(re.findall(r'([a-z]+)(?:=|!=|=~|!~)"', matchers))


def buckets() -> set[tuple[str, str]]:
    """Each bucket that can be asked for, as it is written."""
    histograms = [metric for metric in metrics.ALL if isinstance(metric, Histogram)]
    bounds = [(f"{each._name}_bucket", bound) for each in histograms for bound in each._kwargs["buckets"]]
    return {(name, floatToGoString(bound)) for name, bound in bounds}  # type: ignore[no-untyped-call]


def grouped(expr: str) -> set[str]:
    return {label.strip() for labels in re.findall(r"(?:by|on) \(([^)]*)\)", expr) for label in labels.split(",")}


def check(expr: str) -> None:
    samples = known()
    names = [name for name, _ in asked(expr)]
    assert names, f"it asks for nothing: {expr}"
    for name, labels in asked(expr):
        assert name in samples, f"nobody tells {name}"
        assert labels <= samples[name] | NO_LABELS, f"{name} has no {labels - samples[name]}"
    bounded = set(re.findall(r'(\w+_bucket)\{(?:[^}]|\{\w+\})*?le="([^"]+)"', expr))
    assert bounded <= buckets(), bounded - buckets()
    assert grouped(expr) <= set().union(*(samples[name] for name in names)) | NO_LABELS, expr


def test_no_rule_asks_for_what_nobody_tells() -> None:
    for group in groups():
        for rule in group["rules"]:
            check(rule["expr"])


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_no_panel_asks_for_what_nobody_tells_or_prometheus_cannot_read(dashboard: Dashboard, tmp_path: Path) -> None:
    exprs = [target["expr"] for panel in grafana(dashboard)["panels"] for target in panel["targets"]]
    for expr in exprs:
        check(expr)
    read = [expr.replace("$__rate_interval", "1m").replace("$service", "intake") for expr in exprs]
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(read)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", file)


@pytest.mark.parametrize(
    "wrong",
    [
        "upc_lag_minutes",
        'upc_lag_seconds{topic="x"}',
        "sum by (prisoner) (upc_parked)",
        'upc_breach_alert_seconds_bucket{le="61.0"}',
    ],
)
def test_a_query_for_what_is_not_there_is_found(wrong: str) -> None:
    with pytest.raises(AssertionError):
        check(wrong)


def test_every_metric_is_on_a_dashboard() -> None:
    shown: set[str] = set()
    for dashboard in DASHBOARDS:
        panels: list[Any] = grafana(dashboard)["panels"]
        shown |= {name for panel in panels for target in panel["targets"] for name, _ in asked(target["expr"])}
    rules = {name for group in groups() for rule in group["rules"] for name, _ in asked(rule["expr"])}
    endings = r"_(bucket|count|sum|total)$"
    bare = {re.sub(endings, "", name) for name in shown | rules}
    assert bare >= {re.sub(endings, "", family.name) for metric in metrics.ALL for family in metric.describe()}


def test_panels_stand_beside_each_other_and_not_on_each_other() -> None:
    for dashboard in DASHBOARDS:
        taken: set[tuple[int, int]] = set()
        for panel in grafana(dashboard)["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert max(x for x, _ in cells) < 24
            assert not cells & taken
            taken |= cells
