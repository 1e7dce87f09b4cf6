"""Letting go of a case reaches every service, whatever each has heard by then, and nothing brings it back (R48)."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.blocking.domain.state import PrisonerBlocks
from services.records.domain.calls import Erase
from services.records.domain.case import CaseRecord
from services.records.domain.keeping import Ground
from services.records.domain.story import Page, pages
from shared.events.blocks import BlockImplemented, BlockLifted, BlockListChanged, BlockListLetGo
from shared.events.breaches import BreachAlerted
from shared.events.envelope import Event
from shared.events.erasures import CaseErased
from shared.events.inbound import (
    BlockListAcknowledged,
    PrisonDecided,
    PrisonerMoved,
    PrisonerRecorded,
    SocialContactChanged,
)
from shared.events.requests import ContactRequestSubmitted
from shared.events.reviews import ReviewOpened
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime.erasure import Erased
from shared.runtime.work import NotYet, State
from tests.records.everyone import SERVICES, Everyone, hears, text, world
from tests.records.given import NUMBER
from tests.support.world import START, moved

PLANTED = ("Pat Planted", "pat@planted.example", "planted rationale", "Zoe Planted", "900123", "zoe@planted.example",
           "Planted Street", "900999", "planted words", "Rae Planted", "99PP1234526", "Planted Force", "a crime")  # fmt: skip
"""Whatever the erased case says of anybody."""
STAYS = "Quin Other"
"""The protected person of another request about the same prisoner."""


def asked(external_id: str, name: str, phone: str, **more: Any) -> Any:
    body = {
        "external_id": external_id,
        "requester": {
            "name": "Pat Planted" if more else "Olga Asker",
            "role": "police",
            "organisation": "Planted Force" if more else "West Force",
            "email": "pat@planted.example" if more else "olga@example.org",
        },
        "consent": "not_given",
        "grounds": {
            "kind": "safeguarding",
            "rationale": "planted rationale" if more else "a good reason, and a long one",
        },
        "prisoner": {"name": "Kim Inmate", "number": NUMBER},
        "protected_people": [{"name": name, "phones": [phone], **more}],
    }
    named = {"cps_urn": "99PP1234526", "crime_reference": "a crime"} if more else {}
    return ContactRequestReceived.model_validate(body | named)


def decided(outcome: str, at: Any, prison_id: str = "LEI", **about: Any) -> Any:
    known = {"decision_id": "d", "prisoner_number": NUMBER, "prison_id": prison_id, "decided_at": at}
    return PrisonDecided.model_validate(known | {"outcome": outcome, "reason": "planted words"} | about)


def contact(contact_id: str, name: str, phone: str) -> Any:
    who = {"contact_id": contact_id, "name": name, "phones": [phone]}
    return SocialContactChanged.model_validate(
        {"event_id": contact_id, "prisoner_number": NUMBER, "change": "requested", "at": START, "contact": who}
    )


def story() -> Everyone:
    """Asked, authorised, implemented, reported, moved, reviewed, and withdrawn in the end; and another request that stays."""
    every = Everyone()
    known = {"prisoner_number": NUMBER, "first_name": "Kim", "last_name": "Inmate", "prison_id": "LEI", "as_of": START}
    every.tell(
        PrisonerRecorded.model_validate(known | {"status": "in_custody"}), contact("c1", "Zoe Planted", "07700900123")
    )
    street = {"lines": ["1 Planted Street"], "town": "York", "postcode": "YO1 1AA"}
    every.tell(asked("planted", "Zoe Planted", "07700 900123", emails=["zoe@planted.example"], addresses=[street]))
    every.tell(asked("other", STAYS, "07700 900444"))
    planted, other = every.said(ContactRequestSubmitted)
    every.tell(
        decided("authorise", START, request_id=planted.request_id),
        decided("authorise", START, request_id=other.request_id, reason="other words"),
    )
    acknowledge(every)
    every.tell(contact("c2", "Z Planted", "07700900123"))
    report = {
        "reference": planted.reference,
        "channel": "phone",
        "contact_used": "07700 900999",
        "what_happened": "planted words",
    }
    every.tell(BreachReportReceived.model_validate(report | {"external_id": "b", "reporter": {"name": "Rae Planted"}}))
    (alert,) = every.said(BreachAlerted)
    every.tell(decided("authorise", START, breach_id=alert.breach_id))
    every.wait(days=1)
    at = START + timedelta(days=1)
    every.tell(PrisonerMoved.model_validate(moved(NUMBER, "received", at, reason="TRANSFERRED", prisonId="MDI")))
    acknowledge(every)
    review = next(said for said in every.said(ReviewOpened) if said.request_id == planted.request_id)
    every.tell(decided("keep", at, "MDI", review_id=review.review_id))
    every.tell(decided("withdraw", at, "MDI", request_id=planted.request_id))
    return every


def acknowledge(every: Everyone) -> None:
    newest = every.said(BlockListChanged)[-1]
    about = newest.model_dump(include={"prisoner_number", "prison_id", "version"})
    every.tell(BlockListAcknowledged.model_validate(about | {"outcome": "implemented", "at": newest.as_of}))


def erased(every: Everyone) -> CaseErased:
    planted = every.said(ContactRequestSubmitted)[0].request_id
    every.call("records", Erase(case_id=planted, ground=Ground.OBJECTED))
    (said,) = every.said(CaseErased)
    assert isinstance(said, CaseErased)
    return said


def found(text: str) -> list[str]:
    return [word for word in PLANTED if word in text]


def test_the_story_is_kept_everywhere_until_it_is_let_go_and_then_nowhere() -> None:
    every = story()
    assert {name for name, known in every.known().items() if found(known)} == SERVICES.keys() - {"intake", "transfers"}
    planted = every.said(ContactRequestSubmitted)[0].request_id
    assert planted in every.known()["intake"]
    assert every.said(BlockImplemented)
    assert every.said(BlockLifted)
    event = erased(every)
    assert {name: found(known) for name, known in every.known().items()} == {name: [] for name in SERVICES}
    ids = (event.request_id, event.reference or "", *event.block_ids, *event.breach_ids)
    left = {
        name: [line for line in known.splitlines() if any(one in line for one in ids)]
        for name, known in every.known().items()
    }
    assert {line.split()[1][:5] for lines in left.values() for line in lines} <= {'{"at"', '{"ref'}, (
        "tombstones, and the trace"
    )


def test_another_request_about_the_same_prisoner_stays_as_it_was() -> None:
    every = story()
    erased(every)
    holds = {name for name, known in every.known().items() if STAYS in known}
    assert holds == {"routing", "blocking", "transfers", "notifications", "records", "desk"}
    (last,) = [said for said in every.said(BlockListChanged)][-1].blocks
    assert last.name == STAYS


def test_it_may_be_said_twice_and_is_looked_for_again_a_day_later() -> None:
    every = story()
    event = erased(every)
    before = every.known()
    for one in every.worlds.values():
        if CaseErased in SERVICES["intake"].HANDLERS:
            hears(one, [event] if one is not every.worlds["records"] else [])
    assert every.known() == before
    every.wait(days=2)
    assert all('"again":{' not in known for known in every.known().values())
    again = {name for name, one in every.worlds.items() if (Erased, event.request_id) in one.forgotten}
    assert again == SERVICES.keys(), "nor can the order be read, which names the prisoner and the reference"


@pytest.mark.parametrize("service", ["blocking", "transfers"])
def test_a_block_in_force_is_never_let_go_whoever_says_so(service: str) -> None:
    every = story()
    other = every.said(ContactRequestSubmitted)[1]
    wrong = CaseErased(
        request_id=other.request_id,
        reference=other.reference,
        prisoner_number=NUMBER,
        block_ids=(),
        breach_ids=(),
        because="asked",
        at=START,
    )
    before = text(every.worlds[service])
    with pytest.raises(NotYet, match="in force"):
        every.worlds[service].on(wrong)
    assert text(every.worlds[service]) == before


def test_r48_a_report_that_no_request_is_known_for_is_let_go_by_everybody_who_heard_of_it() -> None:
    """Records may not have been told which prisoner it is about: whoever has something of it finds it."""
    every = Everyone()
    known = {"prisoner_number": NUMBER, "first_name": "Kim", "last_name": "Inmate", "prison_id": "LEI", "as_of": START}
    every.tell(PrisonerRecorded.model_validate(known | {"status": "in_custody"}))
    report = {"external_id": "b", "channel": "phone", "contact_used": "07700 900999", "what_happened": "planted words"}
    about = {"prisoner": {"name": "Kim Inmate", "number": NUMBER}, "protected_person": "Zoe Planted"}
    every.tell(BreachReportReceived.model_validate(report | about))
    (alert,) = every.said(BreachAlerted)
    assert {name for name, known in every.known().items() if alert.breach_id in known} >= {"blocking", "transfers"}
    every.wait(days=370)
    left = {
        name: [line for line in known.splitlines() if alert.breach_id in line] for name, known in every.known().items()
    }
    assert {line.split()[1][:5] for lines in left.values() for line in lines} <= {'{"at"', '{"ref'}
    assert {name: found(known) for name, known in every.known().items()} == {name: [] for name in SERVICES}


def test_r48_of_a_prisoner_who_is_long_out_nothing_is_left_but_how_far_their_lists_came() -> None:
    """An estate takes a lower version for an old one: were it forgotten, a later block would not be put in force (R20)."""
    every, at = story(), START + timedelta(days=2)
    erased(every)
    other = every.said(ContactRequestSubmitted)[1].request_id
    every.tell(decided("withdraw", at, "MDI", request_id=other))
    every.call("records", Erase(case_id=other, ground=Ground.OBJECTED))
    release = moved(NUMBER, "released", at, reason="RELEASED", prisonId="MDI", nomisMovementReasonCode="CR")
    every.tell(PrisonerMoved.model_validate(release))
    every.wait(days=3600)
    assert {name for name in SERVICES if knows(every, name)} == {"routing", "blocking", "transfers", "desk"}
    assert every.said(BlockListLetGo) == []
    every.wait(days=100)
    assert every.said(BlockListLetGo) == [BlockListLetGo(prisoner_number=NUMBER)]
    last = every.said(BlockListChanged)[-1]
    assert {name: knows(every, name) for name in SERVICES if knows(every, name)} == {
        "blocking": [PrisonerBlocks(number=NUMBER, let_go=last.version)]
    }

    again = {"prisoner_number": NUMBER, "first_name": "Kim", "last_name": "Inmate", "prison_id": "LEI"}
    now = every.worlds["routing"].now
    every.tell(PrisonerRecorded.model_validate(again | {"status": "in_custody", "as_of": now}))
    every.tell(asked("again", "Zoe Planted", "07700 900123"))
    every.tell(decided("authorise", now, request_id=every.said(ContactRequestSubmitted)[-1].request_id))
    assert every.said(BlockListChanged)[-1].version == last.version + 1


def knows(every: Everyone, name: str) -> list[State]:
    """All that a service knows of the prisoner."""
    known = every.worlds[name].known.items()
    return [state for (_, key), state in known if NUMBER in key or NUMBER in state.model_dump_json()]


STORY = story()
ERASED = erased(STORY)
UNKNOWING = ERASED.model_copy(update={"prisoner_number": None, "breach_ids": ()})
"""The same, said before records had heard whom it is about, and of the report."""
HEARD = {
    name: [event for source, event in STORY.heard if type(event) in SERVICES[name].HANDLERS and source != name]
    for name in SERVICES
    if name != "records"
}

BEGAN: dict[str, tuple[type[Event], ...]] = defaultdict(
    tuple,
    intake=(ContactRequestReceived,),
    blocking=(ContactRequestSubmitted, PrisonDecided, PrisonerMoved, SocialContactChanged),
)
"""Without which a service would not have said what the others heard of it."""


@pytest.mark.parametrize("service", HEARD)
@given(data=st.data())
def test_whatever_a_service_had_heard_by_then_and_whatever_it_hears_later_nothing_of_the_case_is_left(
    service: str, data: st.DataObject
) -> None:
    """Each topic has an order, and none with another: a service may be behind in some, but not in what the story began with."""
    topics = {type(event).TOPIC.name for event in HEARD[service]} - {model.TOPIC.name for model in BEGAN[service]}
    late = data.draw(st.sets(st.sampled_from(sorted(topics))))
    before = [event for event in HEARD[service] if type(event).TOPIC.name not in late]
    after = [event for event in HEARD[service] if event not in before]
    one, order = world(service), data.draw(st.sampled_from([ERASED, UNKNOWING]))
    early = hears(one, before)
    assert [event for event in hears(one, [*early, order, *early, *after]) if names_the_case(event, order)] == []
    assert found(text(one)) == []


def names_the_case(event: Any, order: CaseErased) -> bool:
    """Another one, such as a decision on a review that was never opened here, is about nothing."""
    ids = {order.request_id, *order.block_ids, *order.breach_ids}
    return not ids.isdisjoint({getattr(event, name, None) for name in ("request_id", "block_id", "breach_id")})


def test_a_case_that_was_let_go_leaves_no_prisoner_behind_in_records() -> None:
    every = story()
    erased(every)
    assert len([state for state in every.worlds["records"].known.values() if isinstance(state, CaseRecord)]) == 1


def test_the_story_is_told_of_every_event_in_order() -> None:
    every = story()
    case = next(s for s in every.worlds["records"].known.values() if isinstance(s, CaseRecord) and s.breaches)
    told = [line.type for key in pages(case.case_id, case.page) for line in page(every, key).lines]
    assert Counter(told) >= Counter(
        {
            "upc.contact-request.submitted": 1,
            "upc.contact-request.routed": 1,
            "upc.block.authorised": 1,
            "upc.prisoner-notice.issued": 1,
            "upc.block.implemented": 2,
            "upc.breach-report.submitted": 1,
            "upc.breach-report.routed": 1,
            "upc.breach.reported": 1,
            "upc.social-contact.decided": 2,
            "upc.review.opened": 1,
            "upc.review.decided": 1,
            "upc.block.lifted": 1,
            "upc.case-file-note.issued": 4,
        }
    )


def page(every: Everyone, key: str) -> Page:
    found = every.worlds["records"].know(Page, key)
    assert found
    return found
