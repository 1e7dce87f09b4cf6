"""Decisions become blocks, once each; blocks are acknowledged, once each (R12, R13, R17)."""

from demo.reconcile.line import Facts, Line, compare


def authorised(facts: Facts) -> Line:
    seen = [event.data["block_id"] for event in facts.of_requests("upc.block.authorised")]
    return compare("blocks authorised", seen, facts.books.authorised)


def refused(facts: Facts) -> Line:
    seen = [event.data["block_id"] for event in facts.of_requests("upc.block.refused")]
    return compare("blocks refused", seen, facts.books.refused)


def implemented(facts: Facts) -> Line:
    """Each block is said to be in force once for each prison that acknowledged it, and by one at least; again after a recall."""
    events = facts.of_requests("upc.block.implemented")
    line = compare(
        "blocks acknowledged by a prison", {event.data["block_id"] for event in events}, facts.books.authorised
    )
    at = [(event.data["block_id"], event.data["prison_id"]) for event in events]
    recalled = {move["number"] for move in facts.books.moves if move["do"] == "recall"}
    once = [place for place, event in zip(at, events, strict=True) if event.data["prisoner_number"] not in recalled]
    twice = compare("", once, set(once)).wrong
    said = {(a["prisoner_number"], a["prison_id"]) for a in _acknowledged(facts)}
    unsaid = [
        f"no prison acknowledged {event.data['block_id']}"
        for event in events
        if (event.data["prisoner_number"], event.data["prison_id"]) not in said
    ]
    return Line(line.what, line.seen, line.expected, (*line.wrong, *twice, *unsaid))


def acknowledgements_that_failed(facts: Facts) -> Line:
    """What a prison could not do is raised, and the block stays in force (R13)."""
    failed = {a["prisoner_number"] for a in _acknowledged(facts, "failed")}
    seen = {event.data["prisoner_number"] for event in facts.of_requests("upc.block.unconfirmed")}
    return compare("failures raised", seen, failed)


def lifted(facts: Facts) -> Line:
    """Withdrawn; what a court ordered stays (R17, R45)."""
    seen = [event.data["block_id"] for event in facts.of_requests("upc.block.lifted")]
    return compare("blocks lifted", seen, facts.books.withdrawn)


def _acknowledged(facts: Facts, outcome: str = "implemented") -> list[dict[str, str]]:
    said = [entry["acknowledgement"] for entry in facts.books.those("acknowledgement")]
    return [one for one in said if one["outcome"] == outcome]


CHECKS = (authorised, refused, implemented, acknowledgements_that_failed, lifted)
