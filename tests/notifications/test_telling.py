"""Who is told what, and how often."""

import pytest

from services.notifications.domain.delivery import HandMessageOver
from services.notifications.domain.messages import Stage, Step
from shared.events import blocks
from shared.events.envelope import Event
from shared.events.notices import PrisonerNoticeIssued, TaskKind, TaskRaised
from shared.runtime.work import NotYet, Rejected
from tests.notifications.given import (
    NOW,
    POLICE,
    Notifications,
    at_the_prison,
    authorised,
    breach,
    handover,
    held,
    needs_person,
    of_block,
    review,
    routed,
    submitted,
    told,
)

REFUSED = of_block(blocks.BlockRefused, reason="Not enough is known")
MORE = of_block(blocks.BlockMoreAsked, reason="Is the order still in force?")
IMPLEMENTED = of_block(blocks.BlockImplemented, version=1)
LIFTED = of_block(blocks.BlockLifted)
NOTED = of_block(blocks.BlockWithdrawalNoted)
ENDED = of_block(blocks.BlockEnded, because="review")
STEPS = [
    (held("not_in_custody"), Step.HELD),
    (held("released"), Step.NOT_IN_PRISON),
    (needs_person(), Step.PERSON_LOOKING),
    (authorised(), Step.AUTHORISED),
    (REFUSED, Step.REFUSED),
    (MORE, Step.MORE_NEEDED),
    (IMPLEMENTED, Step.IMPLEMENTED),
    (review("keep"), Step.REVIEWED),
    (review("change"), Step.REVIEWED),
    (review("end"), Step.ENDED),
    (ENDED, Step.ENDED),
    (LIFTED, Step.LIFTED),
    (NOTED, Step.WITHDRAWAL_NOTED),
    (handover("r1"), Step.RELEASED),
    (breach(), Step.BREACH_PASSED_ON),
]


def test_r6_receipt_is_acknowledged_at_once() -> None:
    message = told(submitted()).message(Step.RECEIVED)
    assert (message.to, message.stage, message.not_before) == ("sam@example.org", Stage.READY, NOW)


@pytest.mark.parametrize(("event", "step"), STEPS)
def test_r26_each_step_is_told_to_the_requester(event: Event, step: Step) -> None:
    service = at_the_prison()
    service.hear(event)
    assert service.message(step).to == "sam@example.org"


@pytest.mark.parametrize(("event", "step"), STEPS)
def test_r28_a_step_that_comes_again_under_another_id_is_told_once(event: Event, step: Step) -> None:
    service = at_the_prison()
    service.hear(event, event, submitted(), routed())
    assert len(service.messages(step)) == len(service.messages(Step.RECEIVED)) == 1


@pytest.mark.parametrize("event", [event for event, _ in STEPS])
def test_an_event_before_its_request_waits_for_it(event: Event) -> None:
    with pytest.raises(NotYet):
        Notifications().hear(event)


@pytest.mark.parametrize("event", [authorised(), REFUSED, MORE, IMPLEMENTED, review("keep"), LIFTED, NOTED, ENDED])
def test_a_block_before_its_request_was_routed_waits_for_it(event: Event) -> None:
    service = told(submitted())
    with pytest.raises(NotYet):
        service.hear(event)


def test_a_handover_waits_until_every_request_in_it_is_known() -> None:
    service = at_the_prison()
    with pytest.raises(NotYet):
        service.hear(handover("r1", "r2"))
    service.hear(submitted("r2"), handover("r1", "r2"))
    assert {message.request_id for message in service.messages(Step.RELEASED)} == {"r1", "r2"}


def test_r41_a_request_that_follows_the_prisoner_is_not_told_again() -> None:
    service = told(submitted(), routed(), routed(prison_id="MDI"))
    assert len(service.messages(Step.SENT_TO_PRISON)) == 1


def test_r41_police_are_told_the_next_prison_too() -> None:
    service = told(submitted(requester=POLICE), routed(), routed(prison_id="MDI"))
    first, second = (message.text for message in service.messages(Step.SENT_TO_PRISON))
    assert "HMP Leeds" in first
    assert "Moorland" in second


@pytest.mark.parametrize("channel", ["web", "email"])
def test_r41_who_only_says_that_they_are_the_police_is_not_told_the_prison(channel: str) -> None:
    service = told(submitted(requester=POLICE, channel=channel), routed(), routed(prison_id="MDI"))
    (message,) = service.messages(Step.SENT_TO_PRISON)
    assert "Leeds" not in message.text


def test_r41_in_transit_is_not_told() -> None:
    service = told(submitted(), held("in_transit"))
    assert [message.step for message in service.messages()] == [Step.RECEIVED]


def test_r41_in_force_at_the_next_prison_is_not_told_again() -> None:
    service = at_the_prison()
    service.hear(IMPLEMENTED, of_block(blocks.BlockImplemented, prison_id="MDI", version=2))
    assert len(service.messages(Step.IMPLEMENTED)) == 1


def test_r38_nobody_is_told_anything_after_a_death() -> None:
    service = at_the_prison()
    before = service.messages()
    service.hear(of_block(blocks.BlockEnded, because="death"))
    assert service.messages() == before


def test_r22_a_block_that_a_review_ended_is_told_of_once() -> None:
    service = at_the_prison()
    service.hear(ENDED, review("end"))
    assert len(service.messages(Step.ENDED)) == 1
    assert not service.messages(Step.REVIEWED)


def test_r22_each_review_is_told() -> None:
    service = at_the_prison()
    service.hear(review("keep"), review("keep", review_id="v2"))
    assert len(service.messages(Step.REVIEWED)) == 2


def test_r12_a_prison_that_asks_twice_is_heard_twice() -> None:
    service = at_the_prison()
    again = MORE.model_copy(update={"at": MORE.at.replace(hour=12), "reason": "And the date?"})
    service.hear(MORE, again)
    assert len(service.messages(Step.MORE_NEEDED)) == 2


def test_r16_the_prisoner_is_told_exactly_once_for_each_block() -> None:
    service = at_the_prison()
    service.hear(authorised(), authorised(prison_id="MDI"), IMPLEMENTED, review("keep"))
    (notice,) = service.all(PrisonerNoticeIssued)
    assert notice.name == "Jane Example"
    assert notice.notice_id not in ("b-r1", "r1", "UPC-r1")


def test_r16_a_refused_block_tells_the_prisoner_nothing() -> None:
    service = at_the_prison()
    service.hear(REFUSED, MORE)
    assert service.all(PrisonerNoticeIssued) == []


def test_r26_a_telephone_requester_gets_a_call_and_no_email() -> None:
    service = told(submitted(requester={"preferred_contact": "phone", "phone": "+447700900555"}))
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.TELEPHONE
    assert "+447700900555" in task.text
    assert "Your reference is UPC-r1" in task.text
    assert task.due.isoformat() == "2026-11-24T17:00:00+00:00"
    assert service.message(Step.RECEIVED).stage is Stage.TASK


def test_r26_who_gave_no_email_gets_a_call_and_who_gave_no_number_a_letter() -> None:
    address = {"lines": ["1 High Street"], "town": "Leeds", "postcode": "LS1 1AA"}
    by_phone = told(submitted(requester={"email": None, "phone": "+447700900555", "address": address}))
    by_post = told(submitted(requester={"email": None, "address": address}))
    assert by_phone.all(TaskRaised)[0].kind is TaskKind.TELEPHONE
    assert by_post.all(TaskRaised)[0].kind is TaskKind.WRITE_LETTER
    assert "1 High Street\nLeeds\nLS1 1AA" in by_post.all(TaskRaised)[0].text


def test_r26_a_call_keeps_to_what_is_safe() -> None:
    safe = {
        "not_before": "18:30",
        "not_after": "20:00",
        "no_voicemail": True,
        "subject_alias": "Book club",
        "notes": "My partner answers\non Sundays",
    }
    requester = {"preferred_contact": "phone", "phone": "+447700900555", "safe_to_contact": safe}
    text = told(submitted(requester=requester)).all(TaskRaised)[0].text
    assert "Only between 6:30pm and 8pm, London time." in text
    assert "Do not leave a voicemail" in text
    assert "say only: Book club" in text
    assert "My partner answers\non Sundays" in text


def test_what_another_instance_settles_needs_a_message() -> None:
    with pytest.raises(Rejected):
        Notifications().hear(HandMessageOver(message_id="none", holder="h", until=NOW))


def test_r10_a_request_about_somebody_released_is_passed_to_their_officer_once_where_there_is_one() -> None:
    news = held("released").model_copy(update={"crn": "X123456"})
    service = told(submitted(), news, news)
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.PASS_TO_PROBATION
    assert "X123456" in task.text
    assert told(submitted(), held("released")).all(TaskRaised) == []
