"""The table, and the same as JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isinf
from pathlib import Path
from statistics import median

from rich import box
from rich.table import Table

from chaos.director import Row
from chaos.reconcile import LOST, ORDER, TWICE, WRONG, Finding

KINDS = (LOST, TWICE, ORDER, WRONG)
START_AND_END = ("start", "end")


def table(rows: Mapping[str, Row], findings: Sequence[Finding]) -> Table:
    shown = Table(title="What was done, and what came of it", title_justify="left", box=box.MARKDOWN)
    shown.add_column("fault")
    for heading in ("times", "requests meanwhile", "recovered, median", "worst", *KINDS):
        shown.add_column(heading, justify="right")
    counts = Counter((finding.fault, finding.kind) for finding in findings)
    for name, row in rows.items():
        if row.note:
            shown.add_row(name, row.note)
            continue
        times = [str(row.times), str(row.asked), seconds(median(row.recovered)), seconds(max(row.recovered))]
        shown.add_row(name, *times, *(str(counts[name, kind]) for kind in KINDS))
    rest = Counter(finding.kind for finding in findings if finding.fault not in rows)
    shown.add_row("between and after", "", "", "", "", *(str(rest[kind]) for kind in KINDS))
    return shown


def seconds(value: float) -> str:
    return "never" if isinf(value) else f"{value:.1f} s"


def write(file: Path, rows: Mapping[str, Row], findings: Sequence[Finding], totals: Mapping[str, int]) -> None:
    """`recovered` in seconds, null where it never came."""
    told = {
        "totals": dict(totals),
        "faults": {
            name: {
                "times": row.times,
                "asked": row.asked,
                "recovered": [None if isinf(value) else round(value, 2) for value in row.recovered],
                "note": row.note,
            }
            for name, row in rows.items()
        },
        "findings": [vars(finding) for finding in findings],
    }
    file.write_text(json.dumps(told, indent=1) + "\n")
