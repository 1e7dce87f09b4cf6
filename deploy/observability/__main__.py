"""Writes rules and dashboards into their files: `python -m deploy.observability`. A test fails where that was forgotten."""

import json
from pathlib import Path

import yaml

from deploy.local.process import HOST, ROOT
from deploy.observability.alerts import groups
from deploy.observability.dashboards import DASHBOARDS, grafana
from shared.runtime.settings import PORTS

MONITORING = ROOT / "deploy/k8s/base/monitoring"
ON_ONE_HOST = ROOT / "deploy/observability/made"
MADE = "# Made by `python -m deploy.observability`: change it there.\n"


def files() -> dict[Path, str]:
    """Every file that is made, with what is in it."""
    rule = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": {"name": "upc"}}
    made = {
        MONITORING / "alerts.yaml": _yaml(rule | {"spec": {"groups": groups()}}),
        ON_ONE_HOST / "alerts.yml": _yaml({"groups": groups()}),
        ON_ONE_HOST / "prometheus.yml": _yaml(_prometheus()),
    }
    for dashboard in DASHBOARDS:
        made[MONITORING / f"dashboards/{dashboard.uid}.json"] = json.dumps(grafana(dashboard), indent=1) + "\n"
    return made


def _yaml(content: object) -> str:
    return MADE + yaml.safe_dump(content, sort_keys=False, width=130)


def _prometheus() -> dict[str, object]:
    """For one host: the services at the ports of `make up`."""
    targets = [f"{HOST}:{port}" for port in PORTS.values()]
    job = {"job_name": "upc", "honor_labels": True, "static_configs": [{"targets": targets}]}
    every = {"scrape_interval": "15s", "evaluation_interval": "15s"}
    return {"global": every, "rule_files": ["alerts.yml"], "scrape_configs": [job]}


def main() -> None:
    for file, text in files().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    main()
