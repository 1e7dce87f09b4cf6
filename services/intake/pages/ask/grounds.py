"""Why the contact must stop: grounds where there is no consent, with the court (R3), and what the police call it."""

from services.intake.pages.questions import Body, Page, consent
from shared.pages.body import value_at
from shared.pages.fields import Choice, Day, Field, LongText, Option
from shared.pages.languages import N_
from shared.pages.usual import LONG, SHORTER, needed


def by_court(body: Body) -> bool:
    """Whether a court's order is the grounds."""
    return consent(body) == "not_given" and value_at(body, ("grounds", "kind")) in ("court_order", "bail_condition")


def without_consent(body: Body) -> bool:
    return consent(body) == "not_given"


GROUNDS = (
    Page(
        "grounds",
        N_("Why you ask without their agreement"),
        N_("Why do you ask without their agreement?"),
        [
            Choice(
                "kind",
                "grounds/kind",
                "",
                says=needed(N_("Select why you ask without their agreement")),
                options=[
                    Option(
                        "safeguarding",
                        N_("To keep someone safe"),
                        N_("For example, a child, or an adult who cannot decide for themselves."),
                    ),
                    Option("court_order", N_("A court order")),
                    Option("bail_condition", N_("A bail condition")),
                ],
            )
        ],
        when=without_consent,
    ),
    Page(
        "rationale",
        N_("Why the contact must stop"),
        N_("Why must the contact stop?"),
        [
            LongText(
                "rationale",
                "grounds/rationale",
                "",
                N_(
                    "Say in detail what happened, when, and who is at risk. The prison uses what you write here to decide. "
                    "The prisoner does not see it."
                ),
                says={
                    "is needed": N_("Enter why the contact must stop"),
                    "should say in detail": N_("Say in more detail why the contact must stop"),
                    "is too long": LONG,
                },
            )
        ],
        when=without_consent,
    ),
    Page(
        "court",
        N_("Court"),
        N_("Which court made the order or set the condition?"),
        [
            Field(
                "court",
                "grounds/court",
                "",
                N_("For example, Leeds Magistrates’ Court."),
                says={"is needed": N_("Enter the name of the court"), "is too long": SHORTER},
            )
        ],
        when=by_court,
    ),
    Page(
        "ordered-on",
        N_("Date of the order"),
        N_("When did the court make it? (optional)"),
        [
            Day(
                "ordered",
                "grounds/ordered_on",
                N_("Date of the order"),
                N_("For example, 27 3 2026. Leave this empty if you do not know."),
                says={
                    "should be a date": N_("Date of the order must be a real date, like 27 3 2026"),
                    "is not a sensible date": N_("Date of the order must be a real date, like 27 3 2026"),
                    "is in the future": N_("Date of the order must be today or in the past"),
                },
            )
        ],
        when=by_court,
    ),
    Page(
        "ends-on",
        N_("Last day of the order"),
        N_("When does it end? (optional)"),
        [
            Day(
                "ends",
                "grounds/ends_on",
                N_("Last day of the order"),
                N_(
                    "The last day on which it is in force, for example, 27 3 2028. "
                    "Leave this empty if it has no end or you do not know."
                ),
                says={
                    "should be a date": N_("Last day of the order must be a real date, like 27 3 2028"),
                    "is not a sensible date": N_("Last day of the order must be a real date, like 27 3 2028"),
                    "is before the order": N_("Last day of the order must be the same as or after the day it was made"),
                    "is past": N_("Last day of the order must be today or in the future"),
                },
            )
        ],
        when=by_court,
    ),
    Page(
        "crime-reference",
        N_("Crime reference number"),
        N_("Do you have a crime reference number? (optional)"),
        [
            Field(
                "crime",
                "crime_reference",
                "",
                N_("The police give you one when you report a crime. Leave this empty if you do not have one."),
                says={"is too long": SHORTER},
                look={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-20"},
            )
        ],
    ),
)
