"""What the prisoner, the police and CPS, and operators are told."""

from enum import StrEnum

from pydantic import ConfigDict

from shared.domain.identifiers import PrisonerNumber, PrisonId
from shared.events import topics
from shared.events.breaches import ProsecutionPoint
from shared.events.envelope import Event, Moment, derive_id


def notice_id(block_id: str) -> str:
    """The id of the one notice about a block: it names nothing that a prisoner could find the block by."""
    return derive_id("prisoner-notice", block_id)


class PrisonerNoticeIssued(Event):
    """The one thing a prisoner is told: the name of the person who can't be contacted, and nothing more (R16)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC = topics.PRISONER_NOTICES
    TYPE = "upc.prisoner-notice.issued"

    notice_id: str
    prisoner_number: PrisonerNumber
    prison_id: PrisonId
    name: str
    at: Moment


class CaseFileStep(StrEnum):
    """When the CPS is told (R27)."""

    SUBMITTED = "submitted"
    BEING_CONSIDERED = "being_considered"
    DECIDED = "decided"
    BREACH = "breach"


class CaseFileNoteIssued(Event):
    """A note for the police's digital case file: `document` for a person, the fields for a system (R27, R31)."""

    TOPIC = topics.CASE_FILE_NOTES
    TYPE = "upc.case-file-note.issued"

    note_id: str
    cps_urn: str
    urn_doubts: tuple[str, ...] = ()
    step: CaseFileStep
    request_id: str | None
    reference: str | None
    breach_id: str | None = None
    prosecution_points: tuple[ProsecutionPoint, ...] = ()
    document: str
    at: Moment


class TaskKind(StrEnum):
    """What a person has to do (R26, R28)."""

    TELEPHONE = "telephone"
    WRITE_LETTER = "write_letter"
    CHECK_DELIVERY = "check_delivery"
    UNDELIVERABLE = "undeliverable"
    PASS_TO_PROBATION = "pass_to_probation"  # noqa: S105 - no password
    NO_DEADLINE = "no_deadline"
    ABSCOND = "abscond"


class TaskRaised(Event):
    """Something for an operator: what could not be e-mailed, or may not have arrived (R26, R28), or nobody else watches over.

    `due` has a clock.
    """

    TOPIC = topics.TASKS
    TYPE = "upc.task.raised"

    task_id: str
    kind: TaskKind
    request_id: str | None
    reference: str | None
    step: str
    text: str
    due: Moment
    at: Moment
