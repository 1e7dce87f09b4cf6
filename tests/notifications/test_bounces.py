"""A message that a server took, and then could not deliver (R28)."""

from datetime import timedelta

import pytest

from services.notifications.domain.delivery import TRY_AGAIN_AFTER, Outcome
from services.notifications.domain.messages import Message, Stage, Step
from shared.events.mail import MessageBounced
from shared.events.notices import TaskKind, TaskRaised
from shared.runtime.work import NotYet
from tests.notifications.given import NOW, Notifications
from tests.notifications.test_delivery import claim, claimed, settle


def sent() -> Notifications:
    service = claimed()
    settle(service, Outcome.SENT)
    return service


def bounce(service: Notifications, permanent: bool = True) -> Message:
    message_id = service.message(Step.RECEIVED).message_id
    service.hear(MessageBounced(mail_id="m1", message_id=message_id, permanent=permanent))
    return service.message(Step.RECEIVED)


def test_r28_what_came_back_for_good_becomes_a_task_once() -> None:
    service = sent()
    assert bounce(service).stage is Stage.TASK
    assert bounce(service).stage is Stage.TASK
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.UNDELIVERABLE


def test_r28_what_may_pass_is_tried_again_and_becomes_a_task_in_the_end() -> None:
    service = sent()
    for tries in range(len(TRY_AGAIN_AFTER)):
        message = bounce(service, permanent=False)
        assert (message.stage, message.attempts, message.handed_over) == (Stage.WAITING, tries + 1, False)
        assert bounce(service, permanent=False) == message, "the same news again sends nothing twice"
        service.now += timedelta(days=1)
        service.tick()
        assert claim(service, at=NOW + timedelta(days=tries + 1))
        settle(service, Outcome.SENT)
    assert not service.all(TaskRaised)
    assert bounce(service, permanent=False).stage is Stage.TASK
    assert len(service.all(TaskRaised)) == 1


def test_a_bounce_that_is_faster_than_the_servers_answer_waits() -> None:
    service = claimed()
    with pytest.raises(NotYet):
        bounce(service)


def test_a_bounce_of_what_is_not_known_any_more_is_no_fault() -> None:
    service = Notifications()
    service.hear(MessageBounced(mail_id="m1", message_id="gone", permanent=True))
    assert service.published == []
