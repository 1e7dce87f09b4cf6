"""What the desk does with what it hears (`heard`) and with what people press (`pressed`); `keeping` keeps the queue in step."""

from services.desk.handlers.heard import EVENTS
from services.desk.handlers.pressed import CALLS
from services.desk.handlers.sessions import SESSIONS
from shared.runtime.items import Handlers

HANDLERS: Handlers = {**EVENTS, **CALLS, **SESSIONS}
