"""Whom the prisoner must not contact: all their names, numbers and addresses (R2)."""

from services.intake.pages.questions import Page
from shared.pages.fields import Field, Rows
from shared.pages.languages import N_
from shared.pages.usual import EMAIL_LOOK, EMAIL_SAYS, PHONE_LOOK, PHONE_SAYS, address, name_says

NOBODY_TO_REACH = N_(
    "Enter an email address, or go back and give a telephone number or an address: the prison needs at least one"
)
TOO_MANY = N_("There are too many here. Give us the rest by telephone")
PERSON = (
    Page(
        "name",
        N_("Name"),
        N_("What is the full name of the person the prisoner must not contact?"),
        [
            Field(
                "name",
                "name",
                "",
                N_("Give one name here. You can add other people later. The prisoner is told this name."),
                says=name_says(N_("Enter the full name of the person the prisoner must not contact")),
                look={"autocomplete": "off", "spellcheck": False},
            )
        ],
        of_a_person=True,
    ),
    Page(
        "other-names",
        N_("Other names"),
        N_("Does %(name)s use any other names? (optional)"),
        [
            Rows(
                "names",
                "other_names",
                N_("Other names"),
                N_("Include earlier surnames, nicknames and other spellings. Leave this empty if there are none."),
                says={"has too many": TOO_MANY},
                of=Field(
                    "name", "", N_("Other name"), says=name_says(""), look={"autocomplete": "off", "spellcheck": False}
                ),
                another=N_("Add another name"),
            )
        ],
        own=N_("Do you use any other names? (optional)"),
        of_a_person=True,
    ),
    Page(
        "phones",
        N_("Telephone numbers"),
        N_("Which telephone numbers of %(name)s must be blocked?"),
        [
            Rows(
                "phones",
                "phones",
                N_("Telephone numbers"),
                N_(
                    "Include mobile, home and work numbers. Include the country code of numbers outside the UK. "
                    "Leave this empty if there are none."
                ),
                says={"has too many": TOO_MANY},
                of=Field(
                    "phone", "", N_("Telephone number"), says=PHONE_SAYS, look=PHONE_LOOK | {"autocomplete": "off"}
                ),
                another=N_("Add another telephone number"),
            )
        ],
        own=N_("Which of your telephone numbers must be blocked?"),
        of_a_person=True,
    ),
    Page(
        "addresses",
        N_("Addresses"),
        N_("Which addresses of %(name)s must be blocked?"),
        [
            Rows(
                "addresses",
                "addresses",
                N_("Addresses"),
                N_(
                    "The prison stops letters from the prisoner to these addresses. Leave this empty if there are none."
                ),
                says={"has too many": TOO_MANY},
                of=address("address", ""),
                another=N_("Add another address"),
            )
        ],
        own=N_("Which of your addresses must be blocked?"),
        of_a_person=True,
    ),
    Page(
        "emails",
        N_("Email addresses"),
        N_("Which email addresses of %(name)s must be blocked?"),
        [
            Rows(
                "emails",
                "emails",
                N_("Email addresses"),
                N_("Leave this empty if there are none."),
                says={"has too many": TOO_MANY},
                also={"": {"needs an e-mail address": NOBODY_TO_REACH}},
                of=Field("email", "", N_("Email address"), says=EMAIL_SAYS, look=EMAIL_LOOK | {"autocomplete": "off"}),
                another=N_("Add another email address"),
            )
        ],
        own=N_("Which of your email addresses must be blocked?"),
        of_a_person=True,
    ),
)

LIST = Page(
    "people",
    N_("People the prisoner must not contact"),
    N_("People the prisoner must not contact"),
    [],
    template="people.html",
)
