"""The wiring of notifications."""

from services.notifications.domain.correspondence import Correspondence
from services.notifications.domain.messages import Message
from services.notifications.handlers import DUE, HANDLERS
from services.notifications.notify import NotifyPostman
from services.notifications.postman import Postman
from services.notifications.sending import Sending
from services.notifications.settings import SendingSettings
from services.notifications.smtp import SmtpPostman
from shared.runtime.clock import Clock
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def make(
    settings: Settings,
    clock: Clock | None = None,
    platform: Platform | None = None,
    sending: SendingSettings | None = None,
    postman: Postman | None = None,
) -> Service:
    """The service, with `sending` from the environment where it is not given, and the postman that follows from it."""
    sending = sending or SendingSettings()
    service = Service("notifications", settings, (Correspondence, Message), HANDLERS, DUE, clock, platform)
    service.run_beside(Sending(service, postman or _postman(sending), sending).run)
    return service


def _postman(sending: SendingSettings) -> Postman:
    return NotifyPostman(sending) if sending.notify_api_key else SmtpPostman(sending)
