"""Who the prisoner is, as far as the requester knows (R2, R9)."""

from services.intake.pages.questions import Page
from shared.pages.fields import Day, Field, PrisonChoice
from shared.pages.languages import N_
from shared.pages.usual import name_says

NUMBER = Field(
    "number",
    "prisoner/number",
    "",
    N_("It is a letter, 4 numbers and 2 letters, like A1234BC. Leave this empty if you do not know it."),
    says={
        "should be a letter": N_("Enter a prisoner number like A1234BC, or leave this empty"),
        "is too long": N_("Enter a prisoner number like A1234BC, or leave this empty"),
    },
    look={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-10"},
)
"""A prisoner number, as a request and a report ask for it."""

PRISONER = (
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
                look={"autocomplete": "off", "spellcheck": False},
            )
        ],
    ),
    Page(
        "prisoner-number",
        N_("Prisoner number"),
        N_("What is the prisoner number, if you know it?"),
        [NUMBER],
    ),
    Page(
        "prisoner-born",
        N_("Prisoner’s date of birth"),
        N_("What is the prisoner’s date of birth, if you know it?"),
        [
            Day(
                "born",
                "prisoner/date_of_birth",
                N_("Date of birth"),
                N_("For example, 31 3 1990. Leave this empty if you do not know it."),
                says={
                    "should be a date": N_("Date of birth must be a real date, like 31 3 1990"),
                    "is not a sensible date": N_("Date of birth must be a real date, like 31 3 1990"),
                    "is in the future": N_("Date of birth must be in the past"),
                },
            )
        ],
    ),
    Page(
        "prisoner-prison",
        N_("Prison"),
        N_("Which prison do you believe the prisoner is in?"),
        [
            PrisonChoice(
                "prison",
                "prisoner/believed_prison",
                "",
                N_("If you do not know, choose ‘I do not know’ and we will find the prison."),
                says={
                    "is not a prison": N_("Select a prison from the list, or ‘I do not know’"),
                    "is too long": N_("Select a prison from the list, or ‘I do not know’"),
                },
            )
        ],
    ),
)
