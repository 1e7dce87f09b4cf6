"""How to reach the requester, and how to do so safely (R26)."""

from typing import Any

from services.intake.pages.questions import Body, Page
from shared.pages.body import value_at
from shared.pages.fields import Choice, Clock, Field, LongText, Option
from shared.pages.languages import N_
from shared.pages.usual import (
    EMAIL_LOOK,
    EMAIL_SAYS,
    LONG,
    NOTHING_ELSE,
    PHONE_LOOK,
    PHONE_SAYS,
    SHORTER,
    address,
)


def prefers(*ways: str) -> Any:
    """Whether one of these ways was chosen to be contacted."""
    return lambda body: value_at(body, ("requester", "preferred_contact")) in ways


def may_ring(body: Body) -> bool:
    """Whether we have a number of the requester, or are about to."""
    return prefers("phone")(body) or bool(value_at(body, ("requester", "phone")))


def may_mail(body: Body) -> bool:
    """Whether we have an e-mail address of the requester, or are about to; by post nobody is asked for one."""
    return prefers("email")(body) or (prefers("phone")(body) and bool(value_at(body, ("requester", "email"))))


WRONG_TIME = {"should be a time": N_("Enter a time like 9am or 5:30pm")}
TIME_LOOK = {"classes": "govuk-input--width-5", "autocomplete": "off"}
REACH = (
    Page(
        "contact",
        N_("How we contact you"),
        N_("How should we contact you?"),
        [
            Choice(
                "contact",
                "requester/preferred_contact",
                "",
                N_("Choose the way that is safest for you."),
                says={"should be one of": N_("Select how we should contact you")},
                options=[
                    Option("email", N_("By email")),
                    Option("phone", N_("By telephone")),
                    Option("post", N_("By post")),
                ],
            )
        ],
    ),
    Page(
        "email",
        N_("Your email address"),
        N_("What is your email address?"),
        [
            Field(
                "email",
                "requester/email",
                "",
                N_("We will only use it to contact you about this request."),
                says=EMAIL_SAYS,
                also={
                    "/requester": {"needs an": N_("Enter your email address")},
                    "/requester/preferred_contact": {"needs": N_("Enter your email address")},
                },
                look=EMAIL_LOOK,
            )
        ],
        when=prefers("email"),
    ),
    Page(
        "phone",
        N_("Your telephone number"),
        N_("What is your telephone number?"),
        [
            Field(
                "phone",
                "requester/phone",
                "",
                N_("We will only use it to contact you about this request."),
                says=PHONE_SAYS,
                also={
                    "/requester": {"needs an": N_("Enter your telephone number")},
                    "/requester/preferred_contact": {"needs": N_("Enter your telephone number")},
                },
                look=PHONE_LOOK,
            )
        ],
        when=prefers("phone"),
    ),
    Page(
        "address",
        N_("Your address"),
        N_("What is your address?"),
        [
            address(
                "address",
                "requester/address",
                {
                    "/requester": {"needs an": N_("Enter your address")},
                    "/requester/preferred_contact": {"needs": N_("Enter your address")},
                },
                own=True,
            )
        ],
        when=prefers("post"),
    ),
    Page(
        "other-phone",
        N_("Your telephone number"),
        N_("Is there a telephone number we can use as well? (optional)"),
        [
            Field(
                "phone",
                "requester/phone",
                "",
                N_("We will only use it if we cannot reach you in the way you chose."),
                says=PHONE_SAYS,
                look=PHONE_LOOK,
            )
        ],
        when=prefers("email", "post"),
    ),
    Page(
        "other-email",
        N_("Your email address"),
        N_("Is there an email address we can use as well? (optional)"),
        [
            Field(
                "email",
                "requester/email",
                "",
                N_("We will only use it if we cannot reach you in the way you chose."),
                says=EMAIL_SAYS,
                look=EMAIL_LOOK,
            )
        ],
        when=prefers("phone"),
    ),
    Page(
        "safe-times",
        N_("When it is safe to contact you"),
        N_("When is it safe to contact you? (optional)"),
        [
            Clock(
                "from",
                "requester/safe_to_contact/not_before",
                N_("Not before"),
                N_("For example, 9am."),
                says=WRONG_TIME,
                look=TIME_LOOK,
            ),
            Clock(
                "until",
                "requester/safe_to_contact/not_after",
                N_("Not after"),
                N_("For example, 5:30pm."),
                says=WRONG_TIME,
                look=TIME_LOOK,
            ),
        ],
        when=lambda body: may_ring(body) or may_mail(body),
    ),
    Page(
        "voicemail",
        N_("Voicemail"),
        N_("Is it safe to leave you a voicemail?"),
        [
            Choice(
                "no_voicemail",
                "requester/safe_to_contact/no_voicemail",
                "",
                N_("This includes leaving a message with someone else who answers."),
                says={"should be true": N_("Select whether we can leave you a voicemail")},
                options=[
                    Option("false", N_("Yes, you can leave a voicemail")),
                    Option("true", N_("No, do not leave a voicemail")),
                ],
            )
        ],
        when=may_ring,
    ),
    Page(
        "safe-subject",
        N_("Subject line of our emails"),
        N_("Should our emails to you have a harmless subject line? (optional)"),
        [
            Field(
                "subject",
                "requester/safe_to_contact/subject_alias",
                "",
                N_(
                    "If someone else may see your emails, choose a subject line that gives nothing away, "
                    "such as ‘Your library books’. Leave this empty if you do not need one."
                ),
                says={"is too long": SHORTER, **NOTHING_ELSE},
                look={"autocomplete": "off"},
            )
        ],
        when=may_mail,
    ),
    Page(
        "safe-notes",
        N_("Contacting you safely"),
        N_("Is there anything else we need to know to contact you safely? (optional)"),
        [
            LongText(
                "notes",
                "requester/safe_to_contact/notes",
                "",
                N_("For example, who lives with you, or who must not answer the telephone."),
                says={"is too long": LONG},
            )
        ],
    ),
)
