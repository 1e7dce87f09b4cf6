"""The figures as a table for people, with the goals beside them, and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

GOALS: Mapping[str, tuple[str, float]] = {
    "hop_vs_copy": ("at least", 0.5),
    "hop_sealed_vs_plain": ("at least", 0.75),
    "hop_audited_vs_silent": ("at least", 0.95),
    "hop_vs_textbook": ("at least", 50),
    "hop_idle_vs_floor": ("at most", 2),
    "contact_check_p99_ms": ("at most", 1),
}
WORDS = {
    "copy_per_s": "aiokafka copying, messages a second",
    "textbook_per_s": "textbook faststream + motor handler, messages a second",
    "hop_per_s": "one hop of ours, messages a second",
    "hop_vs_copy": "our hop against copying (ratio within one round)",
    "hops_per_s": "two instances of it side by side, messages a second",
    "hops_vs_copy": "two instances against copying in one process (ratio within one round)",
    "plain_per_s": "the same with nothing sealed, messages a second",
    "hop_sealed_vs_plain": "our hop against one that seals nothing (ratio within one round)",
    "silent_per_s": "the same with no audit log, messages a second",
    "hop_audited_vs_silent": "our hop against one that keeps no audit log (ratio within one round)",
    "streams_per_s": "the same in Kafka Streams (Java), exactly once v2, messages a second",
    "hop_vs_streams": "our hop against Kafka Streams (ratio within one round)",
    "quix_per_s": "the same in Quix Streams (Python), exactly once, messages a second",
    "hop_vs_quix": "our hop against Quix Streams (ratio within one round)",
    "hop_vs_textbook": "our hop against the textbook",
    "hop_idle_p50_ms": "idle hop, median, ms",
    "hop_idle_floor_ms": "the same trips with nothing between, median, ms",
    "hop_idle_vs_floor": "idle hop against those trips",
    "path_idle_p50_ms": "request to block list, idle, median, ms",
    "path_rate_per_s": "steady load, requests a second",
    "path_p50_ms": "request to block list, steady load, median, ms",
    "path_p99_ms": "request to block list, steady load, 99th percentile, ms",
    "path_burst_per_s": "request to block list, a burst, requests a second",
    "contact_check_prisoners": "prisoners with blocks in memory",
    "contact_check_p50_ms": "contact check in process, median, ms",
    "contact_check_p99_ms": "contact check in process, 99th percentile, ms",
    "contact_check_http_p50_ms": "contact check over HTTP, median, ms",
    "contact_check_http_p99_ms": "contact check over HTTP, 99th percentile, ms",
    "picture_load_s": "reading that picture in, s",
    "picture_bytes_per_prisoner": "memory for each prisoner with blocks, bytes",
}


def percentile(values: Sequence[float], rank: int) -> float:
    """The value that `rank` per cent do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * rank // 100)]


def show(figures: Mapping[str, float], console: Console) -> None:
    """Prints the table."""
    table = Table(title="Measured on this machine, in this run", title_justify="left")
    for column in ("what", "figure", "goal"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, words in WORDS.items():
        if name in figures:
            table.add_row(
                words,
                f"{figures[name]:,.3g}" if figures[name] < 100 else f"{figures[name]:,.0f}",
                _goal(name, figures[name]),
            )
    console.print(table)


def write(figures: Mapping[str, float], path: Path) -> None:
    """Writes the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")


def _goal(name: str, figure: float) -> str:
    if name not in GOALS:
        return ""
    bound, goal = GOALS[name]
    reached = figure >= goal if bound == "at least" else figure <= goal
    return f"{bound} {goal:g}: {'reached' if reached else 'missed'}"
