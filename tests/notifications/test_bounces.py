"""A message that a server took, and then could not deliver (R28)."""

from datetime import timedelta

import pytest

from services.notifications.domain.delivery import Outcome
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


def bounce(service: Notifications, permanent: bool = True, at_recipient: bool = True) -> Message:
    message_id = service.message(Step.RECEIVED).message_id
    about = {"mail_id": "m1", "message_id": message_id, "permanent": permanent, "at_recipient": at_recipient}
    service.hear(MessageBounced.model_validate(about))
    return service.message(Step.RECEIVED)


def test_r28_what_came_back_for_good_becomes_a_task_once() -> None:
    service = sent()
    assert bounce(service).stage is Stage.TASK
    assert bounce(service).stage is Stage.TASK
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.UNDELIVERABLE


def test_r28_what_may_pass_is_tried_again_once_and_then_becomes_a_task() -> None:
    service = sent()
    message = bounce(service, permanent=False)
    assert (message.stage, message.attempts, message.handed_over) == (Stage.WAITING, 1, False)
    assert bounce(service, permanent=False) == message, "the same news again sends nothing twice"
    service.now += timedelta(days=1)
    service.tick()
    assert claim(service, at=NOW + timedelta(days=1))
    settle(service, Outcome.SENT)
    assert not service.all(TaskRaised)
    assert bounce(service, permanent=False).stage is Stage.TASK
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.UNDELIVERABLE


@pytest.mark.parametrize("permanent", [True, False])
def test_r28_what_fails_behind_the_address_we_wrote_to_may_have_arrived_and_is_not_sent_again(permanent: bool) -> None:
    service = sent()
    assert bounce(service, permanent, at_recipient=False).stage is Stage.TASK
    (task,) = service.all(TaskRaised)
    assert task.kind is TaskKind.CHECK_DELIVERY


def test_a_bounce_that_is_faster_than_the_servers_answer_waits() -> None:
    service = claimed()
    with pytest.raises(NotYet):
        bounce(service)


def test_a_bounce_of_what_is_not_known_any_more_is_no_fault() -> None:
    service = Notifications()
    service.hear(MessageBounced(mail_id="m1", message_id="gone", permanent=True))
    assert service.published == []
