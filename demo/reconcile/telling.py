"""Who was told, how often: requesters by e-mail or telephone, prisoners a name, the CPS by notes (R16, R26-R28)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from demo.reconcile.line import Facts, Line, compare

NOTICE = {"notice_id", "prisoner_number", "prison_id", "name", "at"}


def mails(facts: Facts) -> Line:
    """As many e-mails to each requester as there were steps to tell; one that may not have arrived is a task instead (R28).

    A mail that was on its way when a service was killed may be both: delivered, and somebody asked to check.
    """
    tasks = _tasks(facts, "check_delivery")
    own = {case["email"]: case for case in _accepted(facts) if case["email"]}
    sent = [mail for mail in facts.observer.mails if mail.to in own]
    expected = Counter({email: told(facts, case) for email, case in own.items()})
    seen = Counter(mail.to for mail in sent)
    doubtful = Counter({email: tasks[case["external_id"]] for email, case in own.items()})
    wrong = [
        f"{case['external_id']}: {seen[email]} e-mails for {expected[email]} steps"
        for email, case in own.items()
        if not seen[email] <= expected[email] <= seen[email] + doubtful[email]
    ]
    twice = compare("", [mail.message_id for mail in sent], {mail.message_id for mail in sent}).wrong
    return Line("e-mails sent", seen.total(), expected.total(), (*wrong, *twice))


def calls(facts: Facts) -> Line:
    """Where there is only a telephone number, a task for an operator for each step (R26)."""
    without = [case for case in _accepted(facts) if not case["email"]]
    tasks = _tasks(facts, "telephone")
    expected = {case["external_id"]: told(facts, case) for case in without}
    return compare("calls for an operator to make", tasks.elements(), Counter(expected).elements())


def notices(facts: Facts) -> Line:
    """One name for each block, and nothing more in any of them (R16)."""
    issued = [event.data for event in facts.of_prisoners("upc.prisoner-notice.issued")]
    authorised = [(person["decision"]["prisoner_number"], person["name"]) for person in facts.books.authorised.values()]
    line = compare("prisoner notices", [(one["prisoner_number"], one["name"]) for one in issued], authorised)
    more = [f"notice {one['notice_id']} says more than a name" for one in issued if set(one) != NOTICE]
    return Line(line.what, line.seen, line.expected, (*line.wrong, *more, *_leaks(facts, issued)))


def notes(facts: Facts) -> Line:
    """A note for each step of requests with a URN: submitted, considered, each decision, each breach (R27, R31)."""
    own = {case["cps_urn"]: case for case in _accepted(facts) if case["cps_urn"]}
    seen = [(e.data["cps_urn"], e.data["step"]) for e in facts.observer.events(NOTE) if e.data["cps_urn"] in own]
    return compare("case file notes", seen, [(urn, step) for urn, case in own.items() for step in _steps(facts, case)])


def told(facts: Facts, case: dict[str, Any]) -> int:
    """How many things the requester of a case has to hear."""
    books, external_id = facts.books, case["external_id"]
    routed = external_id in _routed(facts)
    moves = Counter(move["do"] for move in books.moves if move["number"] == case["prisoner_number"])
    waiting = {"needs_person": 1, "routed": 0, "held": _held_for(facts, external_id)}
    received: int = 1 + routed + waiting[case["then"]]
    blocks = [block_id for block_id in books.authorised if books.case_of(block_id) is case]
    refused = [block_id for block_id in books.refused if books.case_of(block_id) is case]
    decided = 2 * len(blocks) + len(refused) + (len(blocks) + len(refused)) * (external_id in _asked_for_more(facts))
    withdrawn = sum(entry["withdrawn"] in blocks for entry in books.those("withdrawn"))
    reviewed = sum(e.data["block_id"] in blocks for e in facts.of_requests("upc.review.decided"))
    reported = sum(entry["breach"]["external_id"] == f"BR-{external_id}" for entry in books.those("breach"))
    after = int(withdrawn + reviewed + reported) + moves["release"] * bool(blocks)
    return received + decided + after


def _steps(facts: Facts, case: dict[str, Any]) -> Iterator[str]:
    books = facts.books
    yield "submitted"
    if case["external_id"] in _routed(facts):
        yield "being_considered"
    for block_id in (*books.authorised, *books.refused):
        if books.case_of(block_id) is case:
            yield "decided"
    for entry in books.those("breach"):
        if entry["breach"]["external_id"] == f"BR-{case['external_id']}":
            yield "breach"


def _accepted(facts: Facts) -> list[dict[str, Any]]:
    return [entry["case"] for entry in facts.books.cases.values() if entry["case"]["outcome"] == "accepted"]


def _routed(facts: Facts) -> set[str]:
    """Those that have to be at a prison by now."""
    books = facts.books
    held = {key for key in books.accepted("held") if books.cases[key]["case"]["prisoner_number"] in books.received}
    return books.accepted("routed") | held


def _asked_for_more(facts: Facts) -> set[str]:
    """Those about which a prison first wanted to know more."""
    said = [entry["decision"] for entry in facts.books.those("decision")]
    return {facts.books.request_ids[one["request_id"]] for one in said if one["outcome"] == "ask_for_more"}


def _held_for(facts: Facts, external_id: str) -> int:
    """Being in transit passes by itself, and is not told (R41)."""
    events = [e for e in facts.of_requests("upc.contact-request.held") if e.data["because"] != "in_transit"]
    return sum(facts.books.request_ids[event.data["request_id"]] == external_id for event in events)


def _tasks(facts: Facts, kind: str) -> "Counter[str]":
    tasks = [event for event in facts.of_requests("upc.task.raised") if event.data["kind"] == kind]
    return Counter(facts.books.request_ids[task.data["request_id"]] for task in tasks)


def _leaks(facts: Facts, issued: list[dict[str, Any]]) -> Iterator[str]:
    """What no prisoner may learn: who asked, and every number, address and reference (R16)."""
    secrets: dict[str, set[str]] = {}
    for case in _accepted(facts):
        points = {point for person in case["people"] for point in person["points"]}
        references = {str(answer["reference"]) for answer in facts.books.answers.get(case["external_id"], ())}
        secrets.setdefault(case["prisoner_number"], set()).update(points, references, {case["requester"]})
    for one in issued:
        text = " ".join(str(value) for value in one.values())
        if any(secret in text for secret in secrets.get(one["prisoner_number"], ())):
            yield f"notice {one['notice_id']} says what a prisoner may not learn"


NOTE = "upc.case-file-note.issued"
CHECKS = (mails, calls, notices, notes)
