"""What the desk does with what it hears (`heard`) and with what people press (`pressed`); `keeping` keeps the queue in step."""

from services.desk.domain.mails import Mail
from services.desk.domain.register import Prisoner
from services.desk.domain.taken import Taken
from services.desk.domain.tasks import Task
from services.desk.handlers import breaches, mails
from services.desk.handlers.erased import AGAIN, ERASING, prisoner_over, taken_is_due, task_is_old
from services.desk.handlers.heard import EVENTS
from services.desk.handlers.pressed import CALLS
from services.desk.handlers.sessions import SESSIONS
from shared.runtime.items import DueHandlers, Handlers

HANDLERS: Handlers = {**EVENTS, **breaches.EVENTS, **mails.EVENTS, **ERASING, **CALLS, **mails.CALLS, **SESSIONS}
DUE: DueHandlers = {**AGAIN, Task: task_is_old, Taken: taken_is_due, Mail: mails.mail_is_over, Prisoner: prisoner_over}
