"""The load compares the books; very small here, and nothing is timed."""

import pytest

from bench.load import Size, Spell, main
from bench.load_report import Reply, Row, broken
from deploy.local.keycloak import Identity


def test_a_small_load_finds_nothing_lost_and_nothing_twice(
    capsys: pytest.CaptureFixture[str], identity: Identity
) -> None:
    size = Size(rates=(10,), seconds=2, spells=(Spell("fast"), Spell("a little slow", 0.02)))
    assert main(size, identity) == 0
    rows = [
        line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith(("| fast", "| a little"))
    ]
    assert [row[2] for row in rows] == ["20"] * 4


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lost": 1}, "1 lost"),
        ({"twice": 1}, "1 twice"),
        ({"posts": [Reply("a", 1.0, 503)]}, "without Retry-After"),
        ({"posts": [Reply("a", 1.0, 500)]}, "answered with {500}"),
        ({"checks": [Reply("", 1.0, 200, right=False)]}, "answered wrongly"),
    ],
)
def test_a_broken_promise_is_said(wrong: dict[str, object], said: str) -> None:
    fine = {"posts": [Reply("a", 1.0, 202)], "checks": [Reply("", 1.0, 200)], "ready": []}
    assert broken([Row("fast", 1, **fine, first=0)]) == []  # type: ignore[arg-type]
    (found,) = broken([Row("fast", 1, **(fine | wrong), first=0)])  # type: ignore[arg-type]
    assert said in found
