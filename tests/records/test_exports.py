"""What somebody gets who asks what is kept about them: theirs, and nothing of anybody else's (R17, R41, R47)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.domain import exports
from services.records.domain.case import CaseRecord
from services.records.domain.exports import What
from services.records.domain.subjects import Verified
from services.records.domain.texts import document
from shared.domain.contact_points import ContactPoints
from shared.events import blocks
from shared.events.form import Form
from tests.records.given import (
    EVERYTHING,
    NEWS,
    NUMBER,
    OF_PRISONER,
    OF_PROTECTED,
    OF_REQUESTER,
    OF_STAFF,
    REFERENCE,
    alerted,
    authorised,
    block,
    case,
    records,
    routed,
    story,
    submitted,
)
from tests.support.world import World

ROUTE = ("HMP Leeds", "LEI", "Leeds")
"""What a requester may know of the prison that authorised a block (R17)."""
orders = st.permutations(NEWS[:8] + NEWS[12:]).map(lambda news: (NEWS[0], *(one for one in news if one != NEWS[0])))


def protected(world: World, place: int = 0) -> exports.ProtectedPersonsExport:
    name, phone, *_ = OF_PROTECTED[place]
    who = Verified(name=name, points=ContactPoints(phones=(phone,)))
    return exports.for_protected_person((c, b, story(world, c.case_id)) for c in cases(world) for b in who.are(c))


def requester(world: World) -> exports.RequestersExport:
    who = Verified(name=OF_REQUESTER[0], reference=REFERENCE)
    return exports.for_requester((c, story(world, c.case_id)) for c in cases(world) if who.is_asker(c))


def cases(world: World) -> list[CaseRecord]:
    return [state for state in world.known.values() if isinstance(state, CaseRecord)]


def said(template: str, export: Form) -> str:
    return export.model_dump_json() + document(template, export)


def found(words: tuple[str, ...], text: str) -> list[str]:
    return [word for word in words if word in text]


@given(orders)
def test_a_protected_person_gets_theirs_and_nobody_elses(order: tuple[Any, ...]) -> None:
    world = records()
    world.on(*order)
    text = said("protected_person", protected(world))
    assert found(OF_PROTECTED[0], text) == list(OF_PROTECTED[0])
    assert found((*OF_PROTECTED[1], *OF_REQUESTER, *OF_PRISONER, *OF_STAFF, "UPC-"), text) == []


@given(orders)
def test_a_requester_gets_theirs_and_the_prison_that_authorised_it_and_nothing_else(order: tuple[Any, ...]) -> None:
    world = records()
    world.on(*order)
    text = said("requester", requester(world))
    assert found(OF_REQUESTER, text) == list(OF_REQUESTER)
    others = tuple(word for word in OF_PRISONER if word not in (*ROUTE, "HMP"))
    assert found((*OF_PROTECTED[0], *OF_PROTECTED[1], *others, *OF_STAFF), text) == []


def test_r41_until_a_prison_has_authorised_it_a_requester_does_not_learn_which_it_is() -> None:
    world = records()
    world.on(submitted(**EVERYTHING), routed())
    assert found(OF_PRISONER, said("requester", requester(world))) == []
    world.on(authorised())
    assert found(ROUTE[:1], said("requester", requester(world))) == ["HMP Leeds"]


def test_r41_nothing_that_is_told_shows_that_the_prisoner_was_moved() -> None:
    still, went = records(), records()
    for world in (still, went):
        world.on(submitted(**EVERYTHING), routed(), authorised(), block(blocks.BlockImplemented, version=1))
    went.wait(days=30)
    went.on(routed(prison_id="MDI"), block(blocks.BlockImplemented, version=2, prison_id="MDI"))
    assert requester(went) == requester(still)
    assert protected(went) == protected(still)


def test_who_asked_for_themselves_gets_both_sides_of_it() -> None:
    asker = EVERYTHING["requester"] | {"name": OF_PROTECTED[0][0], "phone": OF_PROTECTED[0][1]}
    world = records()
    world.on(submitted(**EVERYTHING | {"requester": asker, "consent": "self", "grounds": None}))
    (own,) = protected(world).cases
    assert own.asked_by_you
    assert (own.asked_by_you.email, own.reference) == (OF_REQUESTER[2], REFERENCE)
    (other,) = protected(world, 1).cases
    assert (other.asked_by_you, other.reference) == (None, None)


def test_each_reads_what_happened_to_their_own_block_in_order() -> None:
    world = records()
    world.on(submitted(**EVERYTHING), routed())
    world.now += timedelta(hours=1)
    world.on(authorised(place=0), block(blocks.BlockRefused, place=1, reason="no"), alerted(request_id="r1", place=0))
    assert [step.what for step in protected(world, 0).cases[0].what_happened] == [
        What.ASKED,
        What.SENT_TO_PRISON,
        What.AUTHORISED,
        What.BREACH_REPORTED,
    ]
    assert [step.what for step in protected(world, 1).cases[0].what_happened][2:] == [What.REFUSED]


@pytest.mark.parametrize(
    ("who", "is_them"),
    [
        (Verified(name="Zoe Zebra", points=ContactPoints(phones=("+447700900120",))), True),
        (Verified(name="zebra, zoe", points=ContactPoints(emails=("zoe@example.org",))), True),
        (Verified(name="Zee Zebra", reference=REFERENCE), True),
        (Verified(name="Zoe Zebra", points=ContactPoints(phones=("+447700900121",))), False),
        (Verified(name="Zoe Zebra", points=ContactPoints(phones=("+447700900111",))), False),
        (Verified(name="Zoe Yak", points=ContactPoints(phones=("+447700900120",))), False),
        (Verified(name="Zoe Zebra", reference="UPC-222-222-2222"), False),
        (Verified(name="Zoe Zebra"), False),
        (Verified(name="Pat Requester", reference=REFERENCE), False),
    ],
)
def test_r47_nobody_is_anybody_by_a_name_alone_or_by_somebody_elses_number(who: Verified, is_them: bool) -> None:
    world = records()
    world.on(submitted(**EVERYTHING))
    assert bool(who.are(case(world))) is is_them


def test_a_name_with_line_breaks_makes_no_line_of_its_own_in_a_document() -> None:
    export = exports.PrisonersExport(you_cannot_contact=("Jane\n- Ann Other\r\x1b[2J",))
    assert "- Jane - Ann Other" in document("prisoner", export)
    assert "\x1b" not in document("prisoner", export)


def test_nobody_about_whom_nothing_is_kept_is_told_so_in_the_same_words() -> None:
    world = records()
    assert document("prisoner", exports.for_prisoner([])).count(NUMBER) == 0
    assert protected(world).cases == ()
    assert requester(world).cases == ()
