"""What is asked of somebody who makes a request, in order (R2, R3, R26)."""

from services.intake.domain.journey import Kind
from services.intake.pages.ask.grounds import GROUNDS
from services.intake.pages.ask.people import LIST, PERSON
from services.intake.pages.ask.prisoner import PRISONER
from services.intake.pages.ask.reach import REACH
from services.intake.pages.ask.you import YOU
from services.intake.pages.questions import Questions, Section
from shared.events.check import check_request
from shared.pages.languages import N_

REQUEST = Questions(
    Kind.REQUEST,
    [
        Section(N_("You"), YOU),
        Section(N_("People the prisoner must not contact"), (*PERSON, LIST)),
        Section(N_("The prisoner"), PRISONER),
        Section(N_("Why the contact must stop"), GROUNDS),
        Section(N_("Contacting you"), REACH),
    ],
    check_request,
)
