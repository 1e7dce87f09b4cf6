"""What follows from movements: reviews, handovers, the end of blocks; and what must not follow (R21-R25, R29, R30, R38)."""

from typing import Any

from demo.reconcile.line import Facts, Line, compare


def reviews_opened(facts: Facts) -> Line:
    """One for each block without consent at each movement to another prison, none for an absence (R21, R24)."""
    opened = [event for event in facts.of_requests("upc.review.opened") if event.data["kind"] == "movement"]
    seen = [(event.data["prisoner_number"], event.data["block_id"]) for event in opened]
    expected = [
        (move["number"], block_id)
        for move in facts.books.moves
        if move["do"] == "transfer" and move["to"] != move["from"]
        for block_id in _blocks_of(facts, move["number"])
        if facts.books.case_of(block_id)["consent"] == "not_given"
    ]
    return compare("movement reviews opened", seen, expected)


def reviews_decided(facts: Facts) -> Line:
    """Each as the prison said, once (R22)."""
    seen = [(event.data["review_id"], event.data["outcome"]) for event in facts.of_requests("upc.review.decided")]
    said = [entry["decision"] for entry in facts.books.those("decision") if "review_id" in entry["decision"]]
    return compare("reviews decided", seen, [(one["review_id"], one["outcome"]) for one in said])


def breaches(facts: Facts) -> Line:
    """Each report is an alert at the prison (R29); what it added is checked with the lists (R30)."""
    alerts = facts.of_prisoners("upc.breach.reported")
    reported = [entry["breach"] for entry in facts.books.those("breach")]
    return compare(
        "breaches alerted",
        [(alert.data["prisoner_number"], alert.data["proposed_contact_point"]) for alert in alerts],
        [(report["prisoner_number"], report["number"]) for report in reported],
    )


def handovers(facts: Facts) -> Line:
    """One for each release that settled, of somebody with blocks; none for a mistake, a death, an absence (R23, R38)."""
    seen = [
        (event.data["prisoner_number"], *sorted(block["block_id"] for block in event.data["blocks"]))
        for event in facts.of_prisoners("upc.handover.issued")
    ]
    released = [move["number"] for move in facts.books.moves if move["do"] == "release"]
    expected = [(number, *sorted(blocks)) for number in released if (blocks := _blocks_of(facts, number))]
    return compare("handovers to probation", seen, expected)


def ended(facts: Facts) -> Line:
    """Blocks end with a death (R38)."""
    seen = [event.data["block_id"] for event in facts.of_requests("upc.block.ended")]
    died = [move["number"] for move in facts.books.moves if move["do"] == "death"]
    return compare("blocks ended", seen, [block_id for number in died for block_id in _blocks_of(facts, number)])


def _blocks_of(facts: Facts, number: str) -> list[Any]:
    """The blocks that were authorised for a prisoner and not withdrawn."""
    return [
        block_id
        for block_id, person in facts.books.authorised.items()
        if person["decision"]["prisoner_number"] == number and block_id not in facts.books.withdrawn
    ]


CHECKS = (reviews_opened, reviews_decided, breaches, handovers, ended)
