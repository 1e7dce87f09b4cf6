"""The desk: what prison and central staff and operators see of all this, and how they answer."""

from services.desk.domain.breaches import Breach
from services.desk.domain.case import Case
from services.desk.domain.contacts import Contacts
from services.desk.domain.holding import Holding
from services.desk.domain.mails import Mail
from services.desk.domain.register import Prisoner
from services.desk.domain.reviews import Review
from services.desk.domain.sessions import Session
from services.desk.domain.taken import Taken
from services.desk.domain.tally import Tally
from services.desk.domain.tasks import Task
from services.desk.domain.todo import ToDo
from services.desk.handlers import DUE, HANDLERS
from services.desk.settings import DeskSettings
from services.desk.watching import Watching
from services.desk.web import install
from shared.events.asked import FORMS
from shared.runtime import metrics
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings

KINDS = (Case, Breach, Holding, Contacts, Prisoner, Review, Task, Taken, Mail, ToDo, Tally, Session)


def make(
    settings: Settings,
    clock: Clock | None = None,
    platform: Platform | None = None,
    desk: DeskSettings | None = None,
) -> Service:
    """The service, wired, with `desk` from the environment where it is not given."""
    service = Service("desk", settings, KINDS, HANDLERS, DUE, clock, platform, FORMS)
    metrics.expect_requests()
    service.look_before_telling(Watching(service).look)
    install(service, desk or DeskSettings())
    return service
