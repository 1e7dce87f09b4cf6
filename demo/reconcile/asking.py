"""Requests: taken in once, refused with every fault, brought to the prison or to a person (R2-R5, R8-R10)."""

from collections.abc import Iterator
from typing import Any

from demo.reconcile.line import Facts, Line, compare


def taken_in(facts: Facts) -> Line:
    """Each complete request is submitted once, and its sender has one reference for it, however often it was sent (R5)."""
    submitted = facts.observer.events("upc.contact-request.submitted")
    own = [
        seen.data["request"]["external_id"]
        for seen in submitted
        if facts.run in str(seen.data["request"].get("external_id"))
    ]
    line = compare("requests taken in", own, facts.books.accepted("routed", "needs_person", "held"))
    return Line(line.what, line.seen, line.expected, (*line.wrong, *_answers(facts, "accepted")))


def rejected(facts: Facts) -> Line:
    """Each incomplete one is answered with all its faults, and goes no further (R3)."""
    books = facts.books
    expected = {key: entry["case"] for key, entry in books.cases.items() if entry["case"]["outcome"] == "rejected"}
    refused = [key for key in expected if any(answer["outcome"] == "rejected" for answer in books.answers.get(key, ()))]
    line = compare("requests rejected", refused, expected)
    return Line(line.what, line.seen, line.expected, (*line.wrong, *_answers(facts, "rejected"), *_faults(facts)))


def sent_again(facts: Facts) -> Line:
    """What was sent twice has one answer for all (that it is one request is checked with those taken in)."""
    books = facts.books
    again = [entry["again"] for entry in books.those("again")]
    again += [key for key, given in books.answers.items() if len(given) > 1 and given[0].get("did") == "answered"]
    alike = [key for key in again if len({(a["outcome"], a["reference"]) for a in books.answers.get(key, ())}) == 1]
    return compare("duplicates recognised", alike, again)


def routed(facts: Facts) -> Line:
    """At the prison that holds the prisoner: now, or on reception (R8, R10)."""
    books = facts.books
    prisons = {move["number"]: move["to"] for move in books.moves if move["do"] == "reception"}
    cases = [entry["case"] for entry in books.cases.values() if entry["case"]["outcome"] == "accepted"]
    here = [(case["external_id"], case["prison_id"]) for case in cases if case["then"] == "routed"]
    late = [(case["external_id"], prisons.get(case["prisoner_number"])) for case in cases if case["then"] == "held"]
    seen = [
        (books.request_ids[event.data["request_id"]], event.data["prison_id"]) for event in facts.of_requests(ROUTED)
    ]
    return compare("routed to a prison", seen, [*here, *(pair for pair in late if pair[1])])


def needing_a_person(facts: Facts) -> Line:
    books = facts.books
    seen = {
        books.request_ids[event.data["request_id"]] for event in facts.of_requests("upc.contact-request.needs-person")
    }
    return compare("needing a person", seen, books.accepted("needs_person"))


def held(facts: Facts) -> Line:
    books = facts.books
    seen = [books.request_ids[event.data["request_id"]] for event in facts.of_requests("upc.contact-request.held")]
    return compare("held until reception", seen, books.accepted("held"))


def looked_up(facts: Facts) -> Line:
    """Every reference has a status, and names the prison only after that prison's yes (R41)."""
    looks = facts.observer.entries(did="looked up")
    wrong = [
        f"{look['reference']}: {'no status' if look['status'] != 200 else 'the prison is there too early'}"
        for look in looks
        if look["status"] != 200 or too_early(look["body"])
    ]
    return Line("statuses looked up by reference", len(looks) - len(wrong), len(looks), tuple(wrong))


def too_early(status: dict[str, Any]) -> bool:
    named = (status["prison"] or {}).get("prison_id")
    return bool(named) and AUTHORISED not in {line["what"] for line in status["what_has_happened"]}


def _answers(facts: Facts, outcome: str) -> Iterator[str]:
    for key, entry in facts.books.cases.items():
        given = facts.books.answers.get(key, [])
        if entry["case"]["outcome"] != outcome:
            continue
        if {answer["outcome"] for answer in given} != {outcome}:
            yield f"{key} was not answered {outcome}"
        elif len({answer["reference"] for answer in given}) != 1:
            yield f"{key} has several references"


def _faults(facts: Facts) -> Iterator[str]:
    """Every place that was spoilt is named; what else a place implies may be named too."""
    for key, entry in facts.books.cases.items():
        named = [fault["pointer"] for answer in facts.books.answers.get(key, ()) for fault in answer["faults"] or ()]
        for pointer in entry["case"].get("faults", ()):
            if not any(name.startswith(pointer) for name in named):
                yield f"{key}: the fault at {pointer} was not named"


ROUTED, AUTHORISED = "upc.contact-request.routed", "authorised"
CHECKS = (taken_in, rejected, sent_again, routed, needing_a_person, held, looked_up)
