"""An e-mail on its way, decided without any mail (R28)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.notifications.domain.delivery import (
    ASK_AGAIN_AFTER,
    TRY_AGAIN_AFTER,
    ClaimMessages,
    HandMessageOver,
    Outcome,
    SettleMessage,
)
from services.notifications.domain.messages import Message, Stage, Step
from shared.events.notices import TaskKind, TaskRaised
from tests.notifications.given import NOW, Notifications, submitted, told

LEASE = timedelta(minutes=2)


def claim(service: Notifications, holder: str = "one", at: datetime = NOW) -> list[Message]:
    ids = tuple(message.message_id for message in service.messages())
    return list(service.hear(ClaimMessages(message_ids=ids, holder=holder, at=at, until=at + LEASE)))


def hand_over(service: Notifications, holder: str = "one", at: datetime = NOW) -> bool:
    message_id = service.message(Step.RECEIVED).message_id
    return bool(service.hear(HandMessageOver(message_id=message_id, holder=holder, until=at + LEASE)))


def settle(service: Notifications, outcome: Outcome, holder: str = "one") -> Message:
    message_id = service.message(Step.RECEIVED).message_id
    service.hear(SettleMessage(message_id=message_id, holder=holder, outcome=outcome))
    return service.message(Step.RECEIVED)


def claimed(**requester: Any) -> Notifications:
    service = told(submitted(requester=requester))
    assert claim(service)
    return service


def test_r28_two_instances_never_hold_one_message() -> None:
    service = claimed()
    assert claim(service, "two") == []
    assert not hand_over(service, "two")
    assert hand_over(service, "one")


def test_r28_what_was_not_handed_over_is_sent_by_another_when_its_holder_died() -> None:
    service = claimed()
    (message,) = claim(service, "two", NOW + LEASE)
    assert not message.handed_over
    assert not hand_over(service, "one")
    assert hand_over(service, "two")


def test_r28_what_was_handed_over_is_only_looked_up_when_its_holder_died() -> None:
    service = claimed()
    hand_over(service)
    (message,) = claim(service, "two", NOW + LEASE)
    assert message.handed_over
    assert settle(service, Outcome.UNKNOWN, "two").stage is Stage.TASK
    assert [task.kind for task in service.all(TaskRaised)] == [TaskKind.CHECK_DELIVERY]


def test_r28_a_late_answer_of_a_holder_that_was_given_up_changes_nothing() -> None:
    service = claimed()
    claim(service, "two", NOW + LEASE)
    assert settle(service, Outcome.REFUSED, "one").holder == "two"
    assert service.all(TaskRaised) == []


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.REFUSED])
def test_r48_ninety_days_after_it_was_written_a_message_is_let_go_and_is_not_written_again(outcome: Outcome) -> None:
    service = told(submitted())
    claim(service)
    settle(service, outcome)
    service.now += timedelta(days=90)
    service.tick()
    assert len(service.messages()) == 1
    service.now += timedelta(hours=1)
    service.tick()
    assert service.messages() == []
    service.hear(submitted())
    assert service.messages() == []


def test_r28_a_refused_message_becomes_a_task_that_says_what_it_said() -> None:
    service = claimed(safe_to_contact={"no_voicemail": True})
    assert settle(service, Outcome.REFUSED).stage is Stage.TASK
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.UNDELIVERABLE
    assert "could not be delivered to sam@example.org" in task.text
    assert "Your reference is UPC-r1" in task.text
    assert "Do not leave a voicemail" in task.text


def test_r28_what_was_not_taken_is_tried_again_with_growing_gaps_and_then_becomes_a_task() -> None:
    service = claimed()
    for gap in TRY_AGAIN_AFTER:
        waiting = settle(service, Outcome.NOT_TAKEN)
        assert (waiting.stage, waiting.due()) == (Stage.WAITING, service.now + gap)
        assert claim(service) == []
        service.now += gap
        service.tick()
        assert claim(service)
    assert settle(service, Outcome.NOT_TAKEN).stage is Stage.TASK
    assert [task.kind for task in service.all(TaskRaised)] == [TaskKind.UNDELIVERABLE]


def test_r28_what_nobody_ever_answers_for_becomes_a_check() -> None:
    service = claimed()
    hand_over(service)
    for gap in ASK_AGAIN_AFTER:
        assert settle(service, Outcome.ASK_LATER).handed_over
        service.now += gap
        service.tick()
        (message,) = claim(service)
        assert message.handed_over
    settle(service, Outcome.ASK_LATER)
    assert [task.kind for task in service.all(TaskRaised)] == [TaskKind.CHECK_DELIVERY]


def test_r26_a_message_waits_until_it_is_safe_also_when_it_is_tried_again() -> None:
    service = told(submitted(requester={"safe_to_contact": {"not_before": "18:00", "not_after": "20:00"}}))
    assert claim(service) == []
    assert service.message(Step.RECEIVED).due() == NOW.replace(hour=18)
    service.now = NOW.replace(hour=19, minute=59, second=30)
    service.tick()
    assert claim(service)
    assert settle(service, Outcome.NOT_TAKEN).due() == service.now.replace(minute=0, second=0, hour=18) + timedelta(
        days=1
    )


def test_r26_what_is_ready_too_late_in_the_day_waits_for_the_next() -> None:
    service = told(submitted(requester={"safe_to_contact": {"not_after": "17:00"}}))
    service.now = NOW.replace(hour=18)
    assert claim(service) == []
    assert service.message(Step.RECEIVED).due() == NOW.replace(hour=0) + timedelta(days=1)


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.REFUSED])
@given(late=st.lists(st.sampled_from(Outcome), max_size=4))
def test_r28_what_is_done_stays_done(outcome: Outcome, late: list[Outcome]) -> None:
    service = claimed()
    done = settle(service, outcome)
    for answer in late:
        assert settle(service, answer) == done
    assert claim(service, "two", NOW + LEASE) == []


class Instances(RuleBasedStateMachine):
    """Instances that claim, hand over, answer and die in any order: one message is given to the world once at most.

    `taken` counts the hand-overs after which nobody was told that the message was not taken.
    """

    def __init__(self) -> None:
        super().__init__()
        self.service = told(submitted())
        self.machine = NOW
        self.sending: dict[str, Message] = {}
        self.taken = 0

    @rule(holder=st.sampled_from(["one", "two", "three"]))
    def claims(self, holder: str) -> None:
        for message in claim(self.service, holder, self.machine):
            self.sending[holder] = message

    @rule(holder=st.sampled_from(["one", "two", "three"]))
    def hands_over(self, holder: str) -> None:
        message = self.sending.get(holder)
        if message and not message.handed_over and hand_over(self.service, holder, self.machine):
            self.taken += 1
            self.sending[holder] = message.but(handed_over=True)

    @rule(holder=st.sampled_from(["one", "two", "three"]), outcome=st.sampled_from(Outcome))
    def answers(self, holder: str, outcome: Outcome) -> None:
        message = self.sending.pop(holder, None)
        if message and self.service.message(Step.RECEIVED).holder == holder:
            self.taken -= message.handed_over and outcome is Outcome.NOT_TAKEN
            settle(self.service, outcome, holder)

    @rule(holder=st.sampled_from(["one", "two", "three"]))
    def dies(self, holder: str) -> None:
        self.sending.pop(holder, None)

    @rule(minutes=st.integers(0, 600))
    def time_passes(self, minutes: int) -> None:
        self.machine += timedelta(minutes=minutes)
        self.service.now += timedelta(minutes=minutes)
        self.service.tick()

    @invariant()
    def told_once(self) -> None:
        assert self.taken <= 1
        assert len(self.service.all(TaskRaised)) <= 1


TestR28InstancesThatDie = Instances.TestCase
