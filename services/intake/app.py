"""Intake: the doors by which requests and breach reports come in (R1-R7, R29)."""

from services.intake.domain.asked import BreachReportAsked, ContactRequestAsked
from services.intake.domain.breach import Breach
from services.intake.domain.identity import Named, Pair, Submission
from services.intake.domain.request import Request
from services.intake.handlers import DUE, HANDLERS
from services.intake.web import install
from shared.events.submissions import BreachReportReceived, ContactRequestReceived
from shared.runtime import asyncapi
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.work import State

FORMS: asyncapi.Forms = {ContactRequestReceived: ContactRequestAsked, BreachReportReceived: BreachReportAsked}


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    kinds: list[type[State]] = [Request, Breach, Named, Submission, Pair]
    service = Service("intake", settings, kinds, HANDLERS, DUE, clock, platform, FORMS)
    install(service)
    return service
