"""Calls from HTTP into the core, and what it answers, the same for every door."""

from collections.abc import Sequence
from typing import Any

from services.intake.domain.sender import Sender
from shared.events.envelope import Event, Moment
from shared.events.form import Form
from shared.events.requests import Channel, Fault


class Ask(Event):
    """A contact request from HTTP."""

    TYPE = "ask"

    body: Any
    channel: Channel
    idempotency_key: str | None
    sender: Sender


class Report(Event):
    """A breach report from HTTP; of the public where there is no `sender`."""

    TYPE = "report"

    body: Any
    channel: Channel
    idempotency_key: str | None
    sender: Sender | None


class Taken(Form):
    """It is in: its id, and the reference to read out."""

    id: str
    reference: str
    routing_deadline: Moment | None = None


class Refused(Form):
    """It is not in, and why. `conflict`: a name for a submission was used before for another one."""

    faults: Sequence[Fault]
    conflict: bool = False


Answer = Taken | Refused
