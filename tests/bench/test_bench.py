"""The bench measures what it says it measures; very small here, and nothing is timed."""

import json
from pathlib import Path

import pytest

from bench.__main__ import Size, main
from bench.report import WORDS
from deploy.local.keycloak import Identity

ASKED_FOR = {
    "hop_vs_copy",
    "hop_sealed_vs_plain",
    "hop_audited_vs_silent",
    "hop_vs_textbook",
    "hop_vs_streams",
    "hop_vs_quix",
    "hop_idle_p50_ms",
    "path_p50_ms",
    "path_p99_ms",
    "contact_check_p99_ms",
}


@pytest.mark.timeout(400)
def test_every_figure_is_measured_and_written(tmp_path: Path, identity: Identity) -> None:
    written = tmp_path / "bench.json"
    size = Size(records=8000, rounds=1, longest=3, single=3, rate=5, seconds=1, burst=10, prisoners=200)
    main(size, written, identity)
    figures = json.loads(written.read_text())
    assert set(figures) == set(WORDS)
    assert set(figures) >= ASKED_FOR
    assert all(figure > 0 for figure in figures.values())
