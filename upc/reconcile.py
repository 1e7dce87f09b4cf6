"""`upc reconcile`: what should be in force, beside what prisons acknowledged and what stands on the topic."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from shared.events.operations import Did
from shared.runtime.ids import new_id
from upc import shown
from upc.asking import Asking
from upc.kafka import Kafka, run
from upc.settings import Trouble, tool_settings

COLUMNS = {
    "fault": "Fault",
    "prison_id": "Prison",
    "version": "Version",
    "on_topic": "On topic",
    "since": "Since",
    "references": "Requests",
}


def reconcile(
    repair: Annotated[bool, typer.Option(help="Have blocking publish again each list that differs.")] = False,
    reason: shown.Reason = "",
    json: shown.AsJson = False,
) -> None:
    """Which lists are not in force as they should be: not the newest on the topic, behind it, or not acknowledged in time.

    Blocking compares, since it alone knows what should be in force; nothing that it answers is about anybody. With --repair it
    publishes each of them again, the same version: a prison that missed it acknowledges it then. A list behind the topic
    (`ahead`: the database went back to a backup) gets the version after the topic's: have blocking read again before that
    (`upc replay`), or what it no longer knows comes off. Ends with 1 where any differs.
    """
    settings = tool_settings()
    if repair and not reason.strip():
        raise Trouble("say why: --reason")
    asking = Asking(settings)
    wrong = list(_differences(asking))
    repaired = 0
    if repair and wrong:
        repaired = sum(_publications(asking, new_id(settings.clock().now())))
        run(settings, lambda kafka: _note(kafka, reason))
    if json:
        shown.as_json({"differences": wrong, "published_again": repaired})
    else:
        _show(wrong, repaired)
    raise typer.Exit(1 if wrong else 0)


def _differences(asking: Asking) -> Iterator[Any]:
    for page in _pages(
        "comparing", lambda after: asking.get("blocking", "/api/v1/block-lists/differences", after=after)
    ):
        yield from page["differences"]


def _publications(asking: Asking, key: str) -> Iterator[int]:
    def publish(after: str) -> Any:
        return asking.post("blocking", "/api/v1/block-lists/publications", {"after": after}, f"{key}/{after}")

    for page in _pages("publishing again", publish):
        yield page["published"]


def _pages(what: str, ask: Any) -> Iterator[Any]:
    after: str | None = ""
    with shown.progress() as progress:
        progress.add_task(what, total=None)
        while after is not None:
            page = ask(after)
            yield page
            after = page["next"]


async def _note(kafka: Kafka, reason: str) -> None:
    async with kafka.producing() as producer:
        await kafka.note(producer, Did.RECONCILED, "block lists", reason)


def _show(wrong: list[Any], repaired: int) -> None:
    rows = [{**row, "since": shown.clock(row["since"]), "references": ", ".join(row["references"])} for row in wrong]
    shown.table(f"{len(wrong)} lists differ" if wrong else "Every list is in force as it should be", COLUMNS, rows)
    if repaired:
        shown.say(f"{repaired} lists were published again: look again once their prisons had time to answer.")
