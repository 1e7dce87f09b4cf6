"""What is asked of somebody who reports contact that goes on (R29, R30)."""

from services.intake.domain.journey import Kind
from services.intake.pages.ask.prisoner import NUMBER
from services.intake.pages.questions import Body, Page, Questions, Section
from shared.events.check import check_breach
from shared.pages.fields import Choice, DayAndClock, Field, LongText, Option
from shared.pages.languages import N_
from shared.pages.usual import (
    EMAIL_LOOK,
    EMAIL_SAYS,
    LONG,
    PHONE_LOOK,
    PHONE_SAYS,
    SHORTER,
    name_says,
    needed,
)


def without_reference(body: Body) -> bool:
    """Whether the people have to be named."""
    return not body.get("reference")


WHEN = N_("Enter a real date and time, like 22 11 2026 and 9:40pm")
WHOSE = needed(N_("Enter the prisoner’s name"))
WHOM = needed(N_("Enter the name of the person the prisoner contacted"))

REPORT = Questions(
    Kind.REPORT,
    [
        Section(
            "",
            (
                Page(
                    "reference",
                    N_("Reference"),
                    N_("What is the reference of the request? (optional)"),
                    [
                        Field(
                            "reference",
                            "reference",
                            "",
                            N_(
                                "It starts with UPC and is in every message from us, like UPC-7KQ-M2X-WDHC. "
                                "Leave this empty if you do not have it: we then ask who it is about."
                            ),
                            says={
                                "is not as ours": N_("Check the reference. If you do not have it, leave this empty"),
                                "is too long": N_("Check the reference. If you do not have it, leave this empty"),
                            },
                            look={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-20"},
                        )
                    ],
                ),
                Page(
                    "prisoner-name",
                    N_("Prisoner’s name"),
                    N_("What is the prisoner’s full name?"),
                    [
                        Field(
                            "name",
                            "prisoner/name",
                            "",
                            says=name_says(N_("Enter the prisoner’s name")),
                            also={"/prisoner": WHOSE},
                            look={"autocomplete": "off", "spellcheck": False},
                        )
                    ],
                    when=without_reference,
                ),
                Page(
                    "prisoner-number",
                    N_("Prisoner number"),
                    N_("What is the prisoner number, if you know it?"),
                    [NUMBER],
                    when=without_reference,
                ),
                Page(
                    "person",
                    N_("Person who was contacted"),
                    N_("Who did the prisoner contact?"),
                    [
                        Field(
                            "person",
                            "protected_person",
                            "",
                            N_(
                                "Give the full name of the person who must not be contacted. If that is you, give your own name."
                            ),
                            says={**name_says(""), **WHOM},
                            look={"autocomplete": "off", "spellcheck": False},
                        )
                    ],
                    when=without_reference,
                ),
                Page(
                    "how",
                    N_("How contact was made"),
                    N_("How did the prisoner make contact?"),
                    [
                        Choice(
                            "channel",
                            "channel",
                            "",
                            says=needed(N_("Select how the prisoner made contact")),
                            options=[
                                Option("phone", N_("A telephone call")),
                                Option("text", N_("A text or a message in an app")),
                                Option("letter", N_("A letter or parcel")),
                                Option("email", N_("An email")),
                                Option("video", N_("A video call")),
                                Option("social_media", N_("Social media")),
                                Option("third_party", N_("Through somebody else")),
                                Option("other", N_("In another way")),
                            ],
                        )
                    ],
                ),
                Page(
                    "when",
                    N_("When it happened"),
                    N_("When did it happen? (optional)"),
                    [
                        DayAndClock(
                            "when",
                            "happened_at",
                            N_("The date and time"),
                            N_("For example, 22 11 2026 at 9:40pm. Give the time as well as you can."),
                            says={
                                "should be a date": WHEN,
                                "is in the future": N_("The date and time must be in the past"),
                            },
                        )
                    ],
                ),
                Page(
                    "contact-used",
                    N_("Number, address or account"),
                    N_("Which number, address or account did the prisoner use or contact? (optional)"),
                    [
                        Field(
                            "used",
                            "contact_used",
                            "",
                            N_("If it is new, the prison can block it as well."),
                            says={"is too long": SHORTER},
                            look={"autocomplete": "off", "spellcheck": False},
                        )
                    ],
                ),
                Page(
                    "what",
                    N_("What happened"),
                    N_("What happened?"),
                    [
                        LongText(
                            "what",
                            "what_happened",
                            "",
                            N_(
                                "Write down what was said or sent, as far as you remember it. "
                                "The prisoner is not told that you reported it."
                            ),
                            says={"is needed": N_("Enter what happened"), "is too long": LONG},
                        )
                    ],
                ),
                Page(
                    "about-you",
                    N_("How to reach you"),
                    N_("How can we reach you? (optional)"),
                    [
                        Field(
                            "name",
                            "reporter/name",
                            N_("Your full name"),
                            says={"is too long": SHORTER},
                            look={"autocomplete": "name", "spellcheck": False},
                        ),
                        Field("phone", "reporter/phone", N_("Telephone number"), says=PHONE_SAYS, look=PHONE_LOOK),
                        Field("email", "reporter/email", N_("Email address"), says=EMAIL_SAYS, look=EMAIL_LOOK),
                    ],
                ),
            ),
        )
    ],
    check_breach,
)
