"""Deadlines, worked out afresh from the rules (R8, R13, R46), and how fast it all was in real time."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.reconcile.line import Facts, Line

LONDON = ZoneInfo("Europe/London")
CUT_OFF = time(17)


def routing_deadlines(facts: Facts) -> Line:
    """At the prison within one working day of submission."""
    routed = [
        e.data for e in facts.of_requests("upc.contact-request.routed") if not _waited(facts, e.data["request_id"])
    ]
    late = [one["reference"] for one in routed if at(one["routed_at"]) > due(at(one["submitted_at"]), 1)]
    said = [one["reference"] for one in routed if at(one["deadline"]) != due(at(one["submitted_at"]), 1)]
    wrong = [f"{reference} was routed late" for reference in late] + [f"{one} has another deadline" for one in said]
    return Line("routed within one working day", len(routed) - len(late), len(routed), tuple(wrong))


def implementation_deadlines(facts: Facts) -> Line:
    """In force within two working days of authorisation."""
    first: dict[str, datetime] = {}
    for event in facts.of_requests("upc.block.implemented"):
        done = at(event.data["at"])
        first[event.data["block_id"]] = min(done, first.get(event.data["block_id"], done))
    authorised = {e.data["block_id"]: at(e.data["at"]) for e in facts.of_requests("upc.block.authorised")}
    late = [
        block_id for block_id, since in authorised.items() if block_id not in first or first[block_id] > due(since, 2)
    ]
    wrong = tuple(f"{block_id} was not in force in time" for block_id in late)
    return Line("in force within two working days", len(authorised) - len(late), len(authorised), wrong)


def request_to_prison(facts: Facts) -> list[int]:
    """Real milliseconds from a request to its routing, of those that did not wait for a reception."""
    books = facts.books
    asked = {request_id: books.cases[key]["real_ms"] for request_id, key in books.request_ids.items()}
    routed = [e for e in facts.of_requests("upc.contact-request.routed") if not _waited(facts, e.data["request_id"])]
    return [event.real_ms - asked[event.data["request_id"]] for event in routed]


def decision_to_list(facts: Facts) -> list[int]:
    """Real milliseconds from a decision to the first list that has its block."""
    listed: dict[str, int] = {}
    for event in facts.of_prisoners("upc.block-list.changed"):
        for block in event.data["blocks"]:
            listed.setdefault(block["block_id"], event.real_ms)
    decided = {block_id: person["real_ms"] for block_id, person in facts.books.authorised.items()}
    return [listed[block_id] - real_ms for block_id, real_ms in decided.items() if block_id in listed]


def percentile(values: Sequence[int], share: float) -> int | None:
    """The value that so large a share does not exceed; None where there are no values."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else None


def due(since: datetime, working_days: int) -> datetime:
    """The demo plays in one week without bank holidays, so that weekends are all there is to know."""
    local = since.astimezone(LONDON)
    day = local.date()
    if day.weekday() > 4 or local.time() > CUT_OFF:
        day = _next(day)
    for _ in range(working_days):
        day = _next(day)
    return datetime.combine(day, CUT_OFF, LONDON)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _next(day: date) -> date:
    """The next day that is no weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 3 else 1)


def _waited(facts: Facts, request_id: str) -> bool:
    return bool(facts.books.expected(request_id)["then"] == "held")


CHECKS = (routing_deadlines, implementation_deadlines)
