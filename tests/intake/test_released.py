"""What a requester sees of a release (R23, R41)."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.request import Request, Step, status
from shared.events.reviews import HandoverIssued
from shared.runtime.work import NotYet
from tests.intake import forms
from tests.intake.deciding import Deciding
from tests.intake.test_request import START

TOLD, RELEASED = START + timedelta(days=9), START + timedelta(days=8, hours=3)


def handover(*blocks: tuple[str, str]) -> HandoverIssued:
    def block(block_id: str, reference: str) -> dict[str, Any]:
        return {"block_id": block_id, "reference": reference, "consent": "self", "name": "Jane", "authorised_at": START}

    data = {"handover_id": "h", "prisoner_number": "A1234BC", "released_from": "LEI", "released_at": RELEASED}
    return HandoverIssued.model_validate(data | {"issued_at": TOLD, "blocks": [block(*each) for each in blocks]})


def test_r23_r41_after_a_handover_the_status_says_released_when_it_was_told_and_not_when_it_was() -> None:
    intake = Deciding()
    taken = intake.ask(forms.request(), "1").answer
    asked = intake.states[Request, taken.id]
    assert isinstance(asked, Request)
    intake.on(handover((asked.blocks[0], taken.reference)), "2")
    after = intake.states[Request, taken.id]
    assert isinstance(after, Request)
    assert after.status is Step.RELEASED
    shown = status(after)
    assert [(line.at, line.what) for line in shown.what_has_happened][-1] == (TOLD, Step.RELEASED)
    assert RELEASED.isoformat()[:13] not in shown.model_dump_json()
    assert shown.prison.prison_id is None


def test_r23_a_handover_heard_before_its_request_waits_for_it() -> None:
    with pytest.raises(NotYet):
        Deciding().on(handover(("b", "UPC-7KQ-M2X-WDHC")), "1")
