"""The questions of each kind of journey."""

from collections.abc import Mapping

from services.intake.domain.journey import Kind
from services.intake.pages.questions import Questions
from services.intake.pages.report import REPORT
from services.intake.pages.request import REQUEST
from services.intake.pages.status import STATUS

QUESTIONS: Mapping[Kind, Questions] = {questions.kind: questions for questions in (REQUEST, REPORT, STATUS)}
