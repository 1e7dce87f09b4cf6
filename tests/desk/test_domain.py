"""Flags beside a decision, prisoners found as one types, and what caused what."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.desk.domain import register
from services.desk.domain.contacts import Contact, Contacts
from services.desk.domain.flags import Caution, flagged, namesakes
from services.desk.domain.history import Happened, told
from services.desk.domain.register import Prisoner, Typed, kept, likely, recorded
from shared.domain.rules import Rules
from shared.events.blocks import BlockInForce
from shared.events.contacts import ContactOutcome
from shared.events.envelope import Cause, caused_id, continue_trace, inbox_key
from shared.events.form import ContactRequest, ProtectedPerson
from shared.events.inbound import PrisonerMoved, PrisonerRecorded
from tests.desk.given import JANE, contact, desk, submitted
from tests.support.world import START, moved

PERSON = ProtectedPerson.model_validate(JANE)


def on_list(name: str, **others: Any) -> list[Contact]:
    world = desk()
    world.on(contact(name, **others))
    known = world.know(Contacts, "A1234BC")
    assert known
    return [who.model_copy(update={"outcome": ContactOutcome.LISTED}) for who in known.contacts.values()]


def cautions(
    request: ContactRequest | None, contacts: list[Contact], others: tuple[BlockInForce, ...] = ()
) -> dict[str, object]:
    points = flagged(PERSON, request, contacts, others)
    return {point.key: [(flag.caution, *flag.about) for flag in point.flags] for point in points if point.flags}


def test_somebody_else_at_the_same_address_is_flagged_r43() -> None:
    contacts = on_list("Bob Brother", addresses=[{"lines": ["1 High St"], "postcode": "ls1 1aa"}])
    assert cautions(None, contacts) == {"address-0": [(Caution.SHARED_HOUSEHOLD, "Bob Brother")]}


def test_the_protected_person_themselves_comes_off_the_list_r13() -> None:
    contacts = on_list("Jane Example", phones=["0044 7700 900123"])
    assert cautions(None, contacts) == {"phone-0": [(Caution.ON_LIST, "Jane Example")]}
    assert namesakes(PERSON, contacts) == ["Jane Example"]


def test_a_solicitor_with_the_number_is_flagged_and_stays_r15() -> None:
    contacts = on_list("Law LLP", phones=["07700 900123"], kind="legal")
    assert cautions(None, contacts) == {"phone-0": [(Caution.OFFICIAL, "Law LLP")]}


def test_what_another_request_blocks_already_is_said_r17() -> None:
    other = BlockInForce(block_id="x", reference="UPC-OTHER", name="J", phones=("+447700900123",), in_force_since=START)
    assert cautions(None, [], (other,)) == {"phone-0": [(Caution.BLOCKED_ALREADY, "UPC-OTHER")]}


def test_a_point_that_is_the_requesters_own_is_flagged_where_they_ask_for_somebody_else_r47() -> None:
    asker = {"name": "Mark Husband", "role": "family", "phone": "+447700900123"}
    on_behalf = submitted(requester=asker, consent="given").request
    assert cautions(on_behalf, []) == {"phone-0": [(Caution.REQUESTERS_OWN, "Mark Husband")]}
    assert cautions(submitted(requester=asker).request, []) == {}


def test_r25_r48_who_is_out_is_let_go_years_later_whatever_order_the_news_came_in() -> None:
    known = {"prisoner_number": "A1234BC", "first_name": "John", "last_name": "Example", "prison_id": "LEI"}
    here = PrisonerRecorded.model_validate(known | {"status": "in_custody", "as_of": START})
    news = [
        moved("A1234BC", "released", START + timedelta(days=1), reason="RELEASED", prisonId="LEI"),
        moved("A1234BC", "received", START + timedelta(days=2), reason="READMISSION", prisonId="LEI"),
        moved("A1234BC", "released", START + timedelta(days=3), reason="RELEASED", prisonId="LEI"),
        moved("A1234BC", "released", START + timedelta(days=4), reason="RELEASED", nomisMovementReasonCode="MRG"),
        moved("A1234BC", "search released", START + timedelta(days=5), reason="RELEASED", prisonId="LEI"),
    ]
    for order in permutations(range(len(news))):
        state = kept(recorded(Prisoner(number="A1234BC"), here), Rules())
        assert state.due() is None
        for place in order:
            state = kept(register.moved(state, PrisonerMoved.model_validate(news[place])), Rules())
        assert (state.out, state.out_since) == (True, START + timedelta(days=3))
        assert state.due() == Rules().kept_until(START + timedelta(days=3), Rules().prisoner_kept_days)


JOHN = Prisoner(number="A1234BC", name="John Paul Example", aliases=("Jack Sample",), date_of_birth=date(1990, 1, 31))


@pytest.mark.parametrize("typed", ["joh", "John Exa", "example john", "JOHN  EXAMPLE", "jack sam", "éxample"])
def test_a_prisoner_is_found_as_one_types_their_name(typed: str) -> None:
    asked = Typed(name=typed)
    assert asked.word in set(JOHN.lookups())
    assert likely(asked, [JOHN]) == [JOHN]


@pytest.mark.parametrize("typed", ["jane", "john smith", "johnny exam"])
def test_another_name_does_not_fit(typed: str) -> None:
    assert likely(Typed(name=typed), [JOHN]) == []


def test_too_little_typed_looks_for_nobody() -> None:
    assert Typed(name="jo").word is None


def test_a_date_of_birth_finds_them_too_and_puts_them_first() -> None:
    older = JOHN.but(number="A0000AA", name="Aaron John Example", date_of_birth=date(1950, 1, 1))
    asked = Typed(name="john", born=date(1990, 1, 31))
    assert asked.word in set(JOHN.lookups())
    assert likely(asked, [older, JOHN]) == [JOHN, older]


def test_a_number_is_read_however_it_is_typed_r36() -> None:
    assert Typed(number="a1234 bc").whole_number == "A1234BC"


def line(name: str, cause: Happened | None, event_id: str = "", key: str = "k") -> Happened:
    """An event called `name`; caused by `cause`, in the third place, where there is one."""
    trace = ""
    if cause:
        parent = Cause(cause.source, cause.id, START, cause.traceparent)
        event_id = caused_id(parent, name, key, 2)
        trace = continue_trace(parent, inbox_key(parent), event_id)
    return Happened(id=event_id, source="urn:test", traceparent=trace, type=name, key=key, at=START, published=START)


def test_a_story_says_what_caused_what() -> None:
    asked = line("asked", None, "1")
    routed = line("routed", asked)
    decided = line("decided", None, "2")
    story = told([decided, routed, asked])
    assert {one.what.type: one.caused_by and one.caused_by.type for one in story} == {
        "asked": None,
        "routed": "asked",
        "decided": None,
    }
    assert [one.place for one in story] == [1, 2, 3]
    assert story[[one.what.type for one in story].index("routed")].follows == next(
        one.place for one in story if one.what.type == "asked"
    )


def test_a_shared_trace_alone_proves_nothing() -> None:
    asked = line("asked", None, "1")
    other = line("routed", asked).model_copy(update={"id": "another"})
    assert told([asked, other])[-1].caused_by is None
