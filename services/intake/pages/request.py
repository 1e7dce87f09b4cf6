"""What is asked of somebody who makes a request, in order (R2, R3, R26)."""

from services.intake.domain.check import check_request
from services.intake.domain.journey import Kind
from services.intake.pages.ask.grounds import GROUNDS
from services.intake.pages.ask.people import LIST, PERSON
from services.intake.pages.ask.prisoner import PRISONER
from services.intake.pages.ask.reach import REACH
from services.intake.pages.ask.you import YOU
from services.intake.pages.questions import Questions

REQUEST = Questions(Kind.REQUEST, (*YOU, *PERSON, LIST, *PRISONER, *GROUNDS, *REACH), check_request)
