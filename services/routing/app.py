"""Routing: finds the prisoner a request is about, and the prison that holds them (R8-R11)."""

from services.routing.domain.breach import BreachCase
from services.routing.domain.case import Case
from services.routing.domain.prisoner import Prisoner
from services.routing.handlers import DUE, HANDLERS
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    return Service("routing", settings, [Prisoner, Case, BreachCase], HANDLERS, DUE, clock, platform)
