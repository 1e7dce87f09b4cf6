"""Tasks of operators: to telephone, to write, to look into what may not have arrived (R26, R28)."""

from datetime import datetime

from shared.domain.rules import Rules
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.notices import TaskRaised
from shared.runtime.work import State


class Attempt(Form):
    """Somebody tried; `again_at` where it has to be tried again."""

    attempt_id: str
    by: str
    at: Moment
    note: str
    again_at: Moment | None = None


class Task(State):
    """One task, done or to be tried again; after `over_at` nothing of it is kept (R48)."""

    COLLECTION = "tasks"

    task_id: str
    raised: TaskRaised | None = None
    attempts: tuple[Attempt, ...] = ()
    over_at: Moment | None = None

    @property
    def done(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].again_at is None

    @property
    def version(self) -> int:
        return len(self.attempts)

    @property
    def not_before(self) -> Moment | None:
        """When it is to be tried again."""
        return self.attempts[-1].again_at if self.attempts else None

    def due(self) -> datetime | None:
        return self.over_at

    def lookups(self) -> tuple[str, ...]:
        return (f"request:{self.raised.request_id}",) if self.raised and self.raised.request_id else ()

    def tried(self, attempt: Attempt, rules: Rules) -> "Task":
        over = None if attempt.again_at else rules.kept_until(attempt.at, rules.messages_kept_days)
        return self.but(attempts=(*self.attempts, attempt), over_at=over)
