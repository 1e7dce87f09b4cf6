"""What `bench.load` found, as Markdown, and what of it breaks a promise."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bench.report import percentile


@dataclass
class Reply:
    """An answer of HTTP, or none (status 0), after so many seconds; `key` is the sender's own id of what was sent."""

    key: str
    seconds: float
    status: int = 0
    retry_after: bool = False
    data: Any = None
    right: bool = True

    @property
    def refused(self) -> bool:
        return self.status in (429, 503)


@dataclass
class Row:
    """One spell at one rate. `saved_unsaid`: refused, and found on Kafka before they were sent again."""

    spell: str
    rate: int
    posts: Sequence[Reply]
    checks: Sequence[Reply]
    ready: Sequence[Reply]
    first: int
    lost: int = 0
    twice: int = 0
    saved_unsaid: int = 0


def tables(rows: Sequence[Row]) -> str:
    """Both tables."""
    posts = [
        "| MongoDB | posts a second | accepted | refused | of these saved all the same | p50, s | p99, s "
        "| accepted and lost | twice |",
        "| --- | --: | --: | --: | --: | --: | --: | --: | --: |",
        *(_posts(row) for row in rows),
    ]
    checks = [
        "| MongoDB | contact checks a second | answered | wrongly | refused | p50, ms | p99, ms | `/readyz` at most, s |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
        *(_checks(row) for row in rows),
    ]
    return "\n".join([*posts, "", *checks])


def broken(rows: Sequence[Row]) -> Sequence[str]:
    """Each broken promise in words."""
    return [f"MongoDB {row.spell}, {row.rate} a second: {what}" for row in rows for what in _broken(row)]


def parsed(raw: bytes) -> Any:
    """JSON, or nothing."""
    with suppress(ValueError):
        return json.loads(raw)
    return None


def _broken(row: Row) -> Iterator[str]:
    if row.lost or row.twice:
        yield f"{row.lost} lost, {row.twice} twice"
    for what, replies, expected in (("post", row.posts, 202), ("check", row.checks, 200)):
        others = {reply.status for reply in replies if reply.status != expected and not reply.refused}
        if others:
            yield f"a {what} was answered with {others}"
        if any(reply.refused and not reply.retry_after for reply in replies):
            yield f"a {what} was refused without Retry-After"
    if not all(check.right for check in row.checks):
        yield "a check was answered wrongly"


def _posts(row: Row) -> str:
    accepted, seconds = sum(post.status == 202 for post in row.posts), [post.seconds for post in row.posts]
    spread = f"{percentile(seconds, 50):.2f} | {percentile(seconds, 99):.2f}"
    refused = f"{sum(post.refused for post in row.posts)} | {row.saved_unsaid}"
    return f"| {row.spell} | {row.rate} | {accepted} | {refused} | {spread} | {row.lost} | {row.twice} |"


def _checks(row: Row) -> str:
    answered, seconds = sum(check.status == 200 for check in row.checks), [check.seconds for check in row.checks]
    spread = f"{percentile(seconds, 50) * 1000:.0f} | {percentile(seconds, 99) * 1000:.0f}"
    wrong, refused = sum(not check.right for check in row.checks), sum(check.refused for check in row.checks)
    ready = f"{max(reply.seconds for reply in row.ready):.2f}"
    return f"| {row.spell} | {row.rate} | {answered} | {wrong} | {refused} | {spread} | {ready} |"
