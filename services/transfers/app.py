"""Transfers: what a movement, a release or time itself means for the blocks of a prisoner (R18, R20-R25)."""

from services.transfers.domain.custody import Custody
from services.transfers.handlers import DUE, HANDLERS
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    return Service("transfers", settings, [Custody], HANDLERS, DUE, clock, platform)
