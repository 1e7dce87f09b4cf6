"""`upc case REFERENCE`: the story of a case, from the desk."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from shared.domain.references import canonical_reference
from upc import shown
from upc.asking import Asking
from upc.settings import Trouble, tool_settings

COLUMNS = {
    "place": "",
    "at": "When",
    "said": "What happened",
    "prison_id": "Prison",
    "by": "By",
    "follows_from": "Follows from",
}


def case(
    reference: Annotated[str, typer.Argument(help="As it was read out on the telephone: UPC-7KQ-M2X-WDHC.")],
    json: shown.AsJson = False,
) -> None:
    """The story of a case: each event, when it happened (London time), and which one it follows from.

    Who may see the case gets what each event says; an SRE gets what kind of event it was, when, and at which prison. The desk
    records who looked.
    """
    canonical = canonical_reference(reference)
    if canonical is None:
        raise Trouble("this is no reference: a letter may have been misheard")
    story = Asking(tool_settings()).get("desk", f"/api/v1/cases/{canonical}/story")
    if json:
        return shown.as_json(story)
    where = f", {story['prison_id']}" if story["prison_id"] else ""
    shown.table(f"{story['reference']}{where}", COLUMNS, [_row(line) for line in story["events"]])


def _row(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "at": shown.clock(line["at"]), "said": line["said"] or line["type"]}
