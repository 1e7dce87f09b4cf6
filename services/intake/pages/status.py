"""What is asked of somebody who wants to know how their request stands (R42, R47)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.intake.domain.journey import Kind
from services.intake.pages.questions import Body, Page, Questions, Section
from shared.events.requests import Fault
from shared.pages.fields import Field
from shared.pages.languages import N_
from shared.pages.usual import needed

NOT_FOUND = Fault(pointer="/reference", fault="is not known")


def check_look(body: Body, _: datetime) -> tuple[Any, Sequence[Fault]]:
    """Both have to be there; whether they belong together is seen in the store."""
    return body, [
        Fault(pointer=f"/{name}", fault="is needed") for name in ("reference", "detail") if not body.get(name)
    ]


NO_MATCH = N_("Check the reference, and the email address, telephone number or postcode: they do not match")

STATUS = Questions(
    Kind.STATUS,
    [
        Section(
            "",
            (
                Page(
                    "find",
                    N_("Check the progress of your request"),
                    N_("Check the progress of your request"),
                    [
                        Field(
                            "reference",
                            "reference",
                            N_("Your reference"),
                            N_("It starts with UPC and is in every message from us, like UPC-7KQ-M2X-WDHC."),
                            says={**needed(N_("Enter your reference")), "is not known": NO_MATCH},
                            look={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-20"},
                        ),
                        Field(
                            "detail",
                            "detail",
                            N_("The email address, telephone number or postcode that you gave us for contacting you"),
                            says=needed(N_("Enter the email address, telephone number or postcode that you gave us")),
                            look={"autocomplete": "off", "spellcheck": False, "classes": "govuk-!-width-two-thirds"},
                        ),
                    ],
                ),
            ),
        )
    ],
    check_look,
)
