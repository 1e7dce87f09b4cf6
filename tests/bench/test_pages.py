"""Every page is asked for and answered rightly, with a hamlet's cases there; nothing is timed."""

import json
from pathlib import Path

import pytest

from bench.caseload import Caseload
from bench.pages import main
from deploy.local.keycloak import Identity

HAMLET = Caseload(prisoners=50, requests=60, waiting=5, prisons=5)


@pytest.mark.timeout(400)
def test_every_page_is_answered_with_what_it_should_say(tmp_path: Path, identity: Identity) -> None:
    written = tmp_path / "pages.json"
    main([HAMLET], written, 1, identity)
    (found,) = json.loads(written.read_text())
    pages = found["ms"]
    assert {"queue of a prison", "case to decide", "look-up, common names", "notice (PDF)", "status"} <= set(pages)
    assert all(page["times"] > 0 and 0 < page["p50"] <= page["p99"] for page in pages.values())
