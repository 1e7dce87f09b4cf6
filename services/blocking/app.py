"""Blocking: decisions of prisons become block lists, contacts are kept off, questions are answered (R12-R19)."""

from services.blocking.domain.picture import Picture
from services.blocking.domain.state import PrisonerBlocks
from services.blocking.handlers import DUE, HANDLERS
from services.blocking.web import routes
from shared.events.blocks import BlockListChanged
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    service = Service("blocking", settings, [PrisonerBlocks], HANDLERS, DUE, clock, platform)
    picture = Picture()
    follower = service.follow(BlockListChanged, picture.apply)
    service.app.include_router(routes(service, picture, lambda: follower.caught_up))
    return service
