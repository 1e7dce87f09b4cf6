"""Records: what happened in each case, until when it is kept, and who gets to see what is kept about them (R16, R47, R48)."""

from services.records.domain.case import CaseRecord, Pointer, Prisoner
from services.records.domain.keeping import Trace
from services.records.domain.operations import Operation
from services.records.domain.story import Page
from services.records.handlers import DUE, HANDLERS
from services.records.web import routes
from shared.runtime.audit.anchoring import Anchor
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.work import State

KINDS: list[type[State]] = [CaseRecord, Page, Pointer, Prisoner, Trace, Anchor, Operation]


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    service = Service("records", settings, KINDS, HANDLERS, DUE, clock, platform)
    service.app.include_router(routes(service))
    return service
