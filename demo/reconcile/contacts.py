"""Social contacts stay clean (R13, R15), and whoever asks whether somebody may be rung is told so (R19)."""

from typing import Any

from demo.reconcile.line import Facts, Line, compare


def taken_off(facts: Facts) -> Line:
    """Whom a prisoner had on the list and may not ring any more is off it; the others are still there."""
    blocked = {(person["decision"]["prisoner_number"], person["name"]) for person in facts.books.authorised.values()}
    had = [entry["contact"] for entry in facts.books.those("contact") if "protected" in entry["contact"]]
    expected = [(one["contact_id"], "removed" if (one["number"], one["name"]) in blocked else "listed") for one in had]
    outcomes = _outcomes(facts)
    seen = [(one["contact_id"], outcomes.get(one["contact_id"], {}).get("outcome")) for one in had]
    return compare("contacts from before, on or off the list", seen, expected)


def tried_again(facts: Facts) -> Line:
    """What prisoners tried under a block: another spelling, another name, a solicitor, their own people."""
    tries = [entry["contact"] for entry in facts.books.those("contact") if "expect" in entry["contact"]]
    outcomes = _answers(facts)
    seen = [(one["contact_id"], *_said(outcomes.get(one["contact_id"], {}))) for one in tries]
    return compare("contacts tried under a block", seen, [(one["contact_id"], *_said(one["expect"])) for one in tries])


def checked(facts: Facts) -> Line:
    """The contact check over HTTP says the same."""
    checks = facts.observer.entries(did="checked")
    return compare(
        "contact checks answered",
        [(entry["number"], entry["allowed"]) for entry in checks],
        [(entry["number"], entry["expect"]) for entry in checks],
    )


def _outcomes(facts: Facts) -> dict[str, dict[str, Any]]:
    """The last thing said about each contact."""
    return {event.data["contact_id"]: event.data for event in facts.of_prisoners("upc.social-contact.decided")}


def _answers(facts: Facts) -> dict[str, dict[str, Any]]:
    """The first thing said about each contact; one that waits is judged again once the block is gone."""
    said = [*facts.of_prisoners("upc.social-contact.decided")]
    return {event.data["contact_id"]: event.data for event in reversed(said)}


def _said(decided: dict[str, Any]) -> tuple[str, str]:
    return str(decided.get("outcome")), str(decided.get("matched_on"))


CHECKS = (taken_off, tried_again, checked)
