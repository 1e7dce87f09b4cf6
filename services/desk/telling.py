"""A line of a story in plain English: what happened, without its time and without its cause."""

from collections import defaultdict
from collections.abc import Callable, Mapping

from services.desk import words
from services.desk.domain.history import Happened

Said = Mapping[str, str]

WORDS: Mapping[str, Mapping[str, str]] = {
    "channel": {**words.NOTES, **words.CHANNELS},
    "because": {
        **words.NOTES,
        **words.HELD,
        "death": "the prisoner died",
        "review": "a review decided so",
        "failed": "said that the list failed",
        "overdue": "did not confirm the block in time",
    },
    "kind": words.NOTES,
    "step": words.STEPS,
    "action": words.ACTIONS,
}
"""How the values of facts are said; one that is not here says itself."""
_REVIEWED = {"keep": "kept the block", "change": "changed the block", "end": "ended the block"}
_LINES: Mapping[str, str] = {
    "upc.contact-request.submitted": "The request came in {channel}",
    "upc.contact-request.routed": "The request reached {where}",
    "upc.contact-request.held": "The request waits: the prisoner is {because}",
    "upc.contact-request.needs-person": "A person has to find the prisoner: {because}",
    "upc.block.authorised": "{where} authorised the block",
    "upc.block.refused": "{where} refused the block: {reason}",
    "upc.block.more-asked": "{where} asked for more: {reason}",
    "upc.block.implemented": "The block is in force at {where}",
    "upc.block.unconfirmed": "{where} {because}",
    "upc.block.lifted": "The block was withdrawn",
    "upc.block.withdrawal-noted": "A withdrawal was noted; the court’s order keeps the block in force",
    "upc.block.ended": "The block ended: {because}",
    "upc.prisoner-notice.issued": "The prisoner is told the name, and nothing else",
    "upc.case-file-note.issued": "The CPS has a note: {step}",
    "upc.task.raised": "A task for an operator: {kind}, {step}",
    "upc.handover.issued": "What was in force went to probation",
    "upc.review.opened": "{where} has to review the block: {kind}",
    "upc.review.overdue": "The review at {where} is overdue; the block stays in force",
    "upc.breach-report.submitted": "Somebody reported contact",
    "upc.breach-report.needs-person": "A person has to find the prisoner of the report",
    "upc.breach-report.routed": "The report reached {where}",
    "upc.breach.reported": "Contact went on {channel}: {where} was alerted",
    "upc.breach.action-recorded": "{where} acted: {action}",
}


def line(what: Happened) -> str:
    """What one event says."""
    where = words.prison(what.prison_id or what.facts.get("prison_id") or what.facts.get("released_from"))
    told = _TOLD.get(what.type)
    if told:
        return told(what.facts, where)
    said = {name: WORDS.get(name, {}).get(fact, fact) for name, fact in what.facts.items()}
    for name in ("because", "kind", "channel", "action"):
        said[name] = said.get(name, "")[:1].lower() + said.get(name, "")[1:]
    text = _LINES.get(what.type, what.type).format_map(defaultdict(str, said | {"where": where}))
    return text[:1].upper() + text[1:]


def _decided(said: Said, where: str) -> str:
    did = words.OUTCOMES.get(said.get("outcome", ""), "decided")
    action = f": {words.ACTIONS[said['action']].lower()}" if said.get("action") in words.ACTIONS else ""
    why = f". {said['reason']}" if "reason" in said else ""
    return f"{where} {did}{action}{why}"


def _moved(said: Said, where: str) -> str:
    why = words.MOVED.get(said.get("reason", ""), "")
    if said.get("movement") == "merged":
        return "Two prisoner numbers were merged"
    verb = "Received at" if said.get("movement") == "received" else "Left"
    return f"{verb} {where} ({why})" if why else f"{verb} {where}"


def _list(said: Said, where: str) -> str:
    holders = [words.prison(prison_id) for prison_id in said.get("also_held_by", "").split(", ") if prison_id]
    held = f", also kept by {' and '.join(holders)}" if holders else ""
    blocks = "1 block" if said.get("blocks") == "1" else f"{said.get('blocks')} blocks"
    return f"List version {said.get('version')} went to {where} with {blocks}{held}"


def _acknowledged(said: Said, where: str) -> str:
    if said.get("outcome") == "failed":
        why = f": {said['reason']}" if said.get("reason") else ""
        return f"{where} could not put list version {said.get('version')} in force{why}"
    return f"{where} confirmed that list version {said.get('version')} is in force"


def _chosen(said: Said, _: str) -> str:
    number = said.get("prisoner_number")
    return f"A person said that the prisoner is {number}" if number else "A person found no such prisoner"


def _reviewed(said: Said, where: str) -> str:
    return f"The review at {where} {_REVIEWED.get(said.get('outcome', ''), 'was decided')}"


_TOLD: Mapping[str, Callable[[Said, str], str]] = {
    "upc.block-list.changed": _list,
    "upc.inbound.block-acknowledgement": _acknowledged,
    "upc.inbound.prisoner-event": _moved,
    "upc.inbound.prison-decision": _decided,
    "upc.inbound.routing-decision": _chosen,
    "upc.review.decided": _reviewed,
}
TYPES = _LINES.keys() | _TOLD.keys()
"""The types of event that a story has words for."""
