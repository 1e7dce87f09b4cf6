"""Intake: the doors by which requests and breach reports come in (R1-R7, R29)."""

from services.intake import handlers, journeys, mailed
from services.intake.domain.breach import Breach
from services.intake.domain.identity import Named, Pair, Submission
from services.intake.domain.journey import Journey
from services.intake.domain.knowing import Tries
from services.intake.domain.request import Request
from services.intake.pages import routes
from services.intake.web import install
from shared.events.asked import FORMS
from shared.runtime import metrics
from shared.runtime.callers import paths
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.work import State

KINDS: list[type[State]] = [Request, Breach, Named, Submission, Pair, Journey, Tries]


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    handle, due = {**handlers.HANDLERS, **mailed.HANDLERS, **journeys.HANDLERS}, {**handlers.DUE, **journeys.DUE}
    service = Service("intake", settings, KINDS, handle, due, clock, platform, FORMS)
    install(service)
    routes.install(service)
    metrics.expect_faults(service.name, paths(service.app))
    return service
