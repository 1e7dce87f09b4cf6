"""What a person at the desk has to see to, because no clock here does."""

from datetime import datetime

from services.blocking.domain.state import BlockStatus, PrisonerBlocks
from shared.events.envelope import derive_id
from shared.events.notices import TaskKind, TaskRaised

CONCERNED = (BlockStatus.PROPOSED, BlockStatus.AUTHORISED)


def no_deadline(state: PrisonerBlocks, now: datetime) -> TaskRaised:
    """The prison has to confirm this version of the list, and by when cannot be told from the known calendar (R46)."""
    text = (
        f"Version {state.version} of the block list of prisoner {state.number} is in force at {state.prison_id}. "
        "The bank holidays by which its deadline is counted are not known here, so nothing will be raised if the prison does not "
        "confirm it. See to it that it is confirmed within two working days."
    )
    return _task(TaskKind.NO_DEADLINE, state, str(state.version), text, now)


def absconded(state: PrisonerBlocks, prison_id: str, at: datetime, now: datetime) -> TaskRaised | None:
    """Raised at once, where anybody asked about the prisoner; custody does not end by it (R38)."""
    concerned = [block for block in state.blocks.values() if block.status in CONCERNED]
    if not concerned:
        return None
    references = ", ".join(dict.fromkeys(block.reference for block in concerned))
    text = (
        f"Prisoner {state.number} absconded from {prison_id} at {at.isoformat()}. Requests that concern them: {references}. "
        "Their blocks stay as they are. Decide at once with the prison and the police who has to be warned, and how that is "
        "safe."
    )
    return _task(TaskKind.ABSCOND, state, at.isoformat(), text, now)


def _task(kind: TaskKind, state: PrisonerBlocks, about: str, text: str, now: datetime) -> TaskRaised:
    """Due at once."""
    return TaskRaised(
        task_id=derive_id("task", state.number, kind, about),
        kind=kind,
        request_id=None,
        reference=None,
        step=kind,
        text=text,
        due=now,
        at=now,
    )
