"""Nothing of a program's own language reaches a page: whatever an event can say has words."""

from collections.abc import Container, Mapping
from enum import StrEnum

import pytest

from services.desk import telling, words
from services.desk.domain.case import Standing
from services.desk.domain.flags import Caution
from services.desk.domain.reviews import Closed
from services.desk.domain.todo import Kind
from services.desk.handlers.heard import EVENTS
from shared.events.blocks import EndedBecause, UnconfirmedBecause
from shared.events.breaches import BreachChannel, ProsecutionPoint
from shared.events.form import Consent, GroundsKind, Role
from shared.events.inbound import BreachAction
from shared.events.notices import CaseFileStep, TaskKind
from shared.events.requests import Channel, HeldBecause, NeedsPersonBecause
from shared.events.reviews import ReviewKind

SAID: Mapping[type[StrEnum], Container[str]] = {
    Kind: words.KINDS,
    Standing: words.STANDINGS,
    Caution: words.CAUTIONS,
    Channel: words.CHANNELS,
    HeldBecause: words.HELD,
    NeedsPersonBecause: words.NOTES,
    BreachChannel: words.NOTES,
    ReviewKind: words.NOTES,
    Closed: words.CLOSED_BECAUSE,
    TaskKind: words.NOTES,
    CaseFileStep: words.STEPS,
    BreachAction: words.ACTIONS,
    ProsecutionPoint: words.PROSECUTION,
    Consent: words.CONSENTS,
    GroundsKind: words.GROUNDS,
    Role: words.ROLES,
    EndedBecause: telling.WORDS["because"],
    UnconfirmedBecause: telling.WORDS["because"],
}


@pytest.mark.parametrize("kind", SAID)
def test_every_value_has_words(kind: type[StrEnum]) -> None:
    assert [value for value in kind if value not in SAID[kind]] == []


def test_every_event_of_a_story_has_a_line() -> None:
    unsaid = {model.TYPE for model in EVENTS} - telling.TYPES
    of_no_case = {
        "upc.inbound.prisoner",
        "upc.inbound.social-contact",
        "upc.social-contact.decided",
        "upc.inbound.reply",
    }
    assert unsaid == of_no_case
