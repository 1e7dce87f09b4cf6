"""docs/security.md names the tests that show what it says: each of them is there."""

import ast
import re

import pytest

from deploy.local.process import ROOT
from shared.domain.access import RULES

NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/security.md").read_text())))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_the_test_that_shows_it_exists(file: str, test: str) -> None:
    names = [node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, FUNCTION)]
    tests = [name for name in names if name.startswith("test_")]
    assert tests if not test else test in tests


def test_who_may_do_what_is_what_the_code_says() -> None:
    rows = re.findall(r"^\| (\w+) \| ([^|]+) \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE)
    rules = {action.value: {f"{role} {reach.value}" for role, reach in may.items()} for action, may in RULES.items()}
    assert {action: set(who.split(", ")) for action, who in rows if action in rules} == rules


def test_every_attacker_has_a_table_in_which_each_row_names_a_test() -> None:
    text = (ROOT / "docs/security.md").read_text()
    for attacker in ("The prisoner", "An abuser", "A bribed", "An outsider", "A system"):
        section = re.search(rf"\n## {attacker}.*?(?=\n## )", text, re.DOTALL)
        assert section
        rows = [line for line in section[0].splitlines() if line.startswith("| ")][2:]
        assert rows
        assert [row for row in rows if "`tests/" not in row] == []
