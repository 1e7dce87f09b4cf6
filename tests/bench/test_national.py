"""The national bench on a hamlet: everything it counts on really happens, and nothing is timed."""

import json
from pathlib import Path

import pytest

from bench.nation import Nation
from bench.national import main
from deploy.local.keycloak import Identity

HAMLET = Nation(prisoners=20, contacts=2, requests=30, movements=5, news=10, asked_in_a_day=3)
STAGES = {"register", "requests", "contact lists", "single contacts", "missed day"}


@pytest.mark.timeout(400)
def test_a_day_that_was_missed_is_caught_up(tmp_path: Path, identity: Identity) -> None:
    written = tmp_path / "national.json"
    main([HAMLET], written, identity)
    (found,) = json.loads(written.read_text())
    assert set(found["stages"]) == STAGES
    assert found["stages"]["requests"]["events"] == HAMLET.requests
    assert all(found["stages"][name]["seconds"] > 0 for name in STAGES)
    assert set(found["ready_s"]) == {"intake", "routing", "blocking", "transfers"}
