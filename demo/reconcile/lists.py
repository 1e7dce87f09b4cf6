"""What every estate's phones hold at the end, and that on the way no list was ever without a prison (R20, R40)."""

import itertools
from collections.abc import Iterator
from typing import Any

from demo.reconcile.line import Facts, Line, compare


def held_by_estates(facts: Facts) -> Line:
    """Every estate holds exactly the blocks of those in its prisons, with exactly their contact points."""
    expected = [
        (one.prison_id, number, block_id, *sorted(points))
        for number, one in facts.books.at_the_end.items()
        for block_id, points in one.blocks.items()
        if not one.out
    ]
    return compare("blocks on the estates' phones", _stock(facts), expected)


def versions(facts: Facts) -> Line:
    """Each version of each list was published once, one after the other."""
    seen = [(event.data["prisoner_number"], event.data["version"]) for event in facts.of_prisoners(CHANGED)]
    newest: dict[str, int] = {}
    for number, version in seen:
        newest[number] = max(version, newest.get(number, 0))
    return compare("versions of block lists", seen, [(n, v) for n, last in newest.items() for v in range(1, last + 1)])


def never_without_a_prison(facts: Facts) -> Line:
    """A list that goes to another prison is also held by the one before, until the new one has acknowledged it."""
    wrong, moves = list[str](), 0
    for number, records in _by_prisoner(facts).items():
        for before, after in itertools.pairwise(records):
            moved = before["blocks"] and after["blocks"] and before["prison_id"] != after["prison_id"]
            moves += bool(moved)
            if moved and before["prison_id"] not in after["also_held_by"]:
                wrong.append(f"{number}: nobody holds the list before version {after['version']} is acknowledged")
    return Line("lists that moved and were always held", moves - len(wrong), moves, tuple(wrong))


def _stock(facts: Facts) -> Iterator[tuple[str, ...]]:
    """The blocks of the lists that estates have to enforce in a prison of theirs, as they last took stock.

    What a prison keeps for a prisoner who left, or under a number that was merged, comes on top.
    """
    for entries in facts.observer.ledgers.values():
        taken = [entry for entry in entries if entry.get("did") == "took stock"]
        for stock in taken[-1:]:
            for number, held in stock["lists"].items():
                own = held["prison_id"] in stock["prisons"] and not held["merged_into"]
                for block in held["blocks"] if own else ():
                    yield held["prison_id"], number, block["block_id"], *sorted(points_of(block))


def points_of(block: dict[str, Any]) -> set[str]:
    return {*block["phones"], *block["emails"], *(address["postcode"] for address in block["addresses"])}


def _by_prisoner(facts: Facts) -> dict[str, list[dict[str, Any]]]:
    records: dict[str, list[dict[str, Any]]] = {}
    for event in facts.of_prisoners(CHANGED):
        records.setdefault(event.data["prisoner_number"], []).append(event.data)
    return {number: sorted(every, key=lambda one: int(one["version"])) for number, every in records.items()}


CHANGED = "upc.block-list.changed"
CHECKS = (held_by_estates, versions, never_without_a_prison)
