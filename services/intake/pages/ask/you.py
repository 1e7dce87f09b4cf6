"""Who asks, and for whom (R1, R2, R47)."""

from dataclasses import replace

from services.intake.pages.questions import PEOPLE, Body, Page, consent
from shared.pages.body import value_at
from shared.pages.fields import Choice, Field, Option
from shared.pages.languages import N_
from shared.pages.usual import NOTHING_ELSE, SHORTER, name_says, needed


def works_for(body: Body) -> bool:
    """Whether the requester asks on behalf of an organisation."""
    return consent(body) != "self" and value_at(body, ("requester", "role")) in (
        "police",
        "probation",
        "victim_services",
    )


def for_me(body: Body) -> bool:
    return consent(body) == "self"


def for_others(body: Body) -> bool:
    return consent(body) in ("given", "not_given")


WHO_YOU_ARE = needed(N_("Select which of these best describes you"))
VICTIM, WITNESS, OTHER = (
    Option("victim", N_("A victim of a crime")),
    Option("witness", N_("A witness of a crime")),
    Option("other", N_("None of these")),
)

YOUR_NAME = Field(
    "name",
    "requester/name",
    "",
    says=name_says(N_("Enter your full name")),
    look={"autocomplete": "name", "spellcheck": False},
)
MY_NAME = replace(YOUR_NAME, also={f"/{PEOPLE}/0/name": NOTHING_ELSE})
"""Where the requester is the first of the protected people, whose names the prisoner is told."""
YOU = (
    Page(
        "who",
        N_("Who the request is for"),
        N_("Who must the prisoner not contact?"),
        [
            Choice(
                "consent",
                "consent",
                "",
                says=needed(N_("Select who the prisoner must not contact")),
                options=[
                    Option("self", N_("Me"), N_("You can add other people later, such as your children.")),
                    Option("given", N_("Someone else, and they agree to this request")),
                    Option(
                        "not_given",
                        N_("Someone else, and they do not agree or have not been asked"),
                        N_(
                            "You will have to say why: to keep someone safe, or because of a court order or bail condition."
                        ),
                    ),
                ],
            )
        ],
    ),
    Page(
        "you",
        N_("Who you are"),
        N_("Which of these best describes you?"),
        [
            Choice(
                "role",
                "requester/role",
                "",
                says=WHO_YOU_ARE,
                options=[
                    VICTIM,
                    WITNESS,
                    Option("family", N_("A relative, partner or former partner of the prisoner")),
                    Option("friend", N_("A friend or former friend of the prisoner")),
                    OTHER,
                ],
            )
        ],
        when=for_me,
    ),
    Page(
        "your-role",
        N_("Who you are"),
        N_("Which of these best describes you?"),
        [
            Choice(
                "role",
                "requester/role",
                "",
                says=WHO_YOU_ARE,
                options=[
                    Option("family", N_("A relative of the person who must not be contacted")),
                    Option("friend", N_("A friend of the person who must not be contacted")),
                    Option("victim_services", N_("I work in victim services")),
                    Option("police", N_("I work for the police")),
                    Option("probation", N_("I work for the Probation Service")),
                    VICTIM,
                    WITNESS,
                    OTHER,
                ],
            )
        ],
        when=for_others,
    ),
    Page("my-name", N_("Your name"), N_("What is your full name?"), [MY_NAME], when=for_me),
    Page("your-name", N_("Your name"), N_("What is your full name?"), [YOUR_NAME], when=for_others),
    Page(
        "organisation",
        N_("Your organisation"),
        N_("Which organisation do you work for? (optional)"),
        [
            Field(
                "organisation",
                "requester/organisation",
                "",
                says={"is too long": SHORTER},
                look={"autocomplete": "organization"},
            )
        ],
        when=works_for,
    ),
    Page(
        "relation",
        N_("How you know them"),
        N_("How do you know the people you are asking for? (optional)"),
        [
            Field(
                "relation",
                "requester/relation",
                "",
                N_("For example, I am their mother, neighbour or support worker."),
                says={"is too long": SHORTER},
            )
        ],
        when=lambda body: for_others(body) and not works_for(body),
    ),
)
