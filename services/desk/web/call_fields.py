"""What an operator asks a caller: the questions of the public form as a conversation goes, on one screen (R2, R3, R29)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from services.desk import words
from shared.pages.fields import (
    Choice,
    Clock,
    Day,
    Field,
    LongText,
    MaySelect,
    Option,
    PrisonChoice,
    Rows,
    Select,
)
from shared.pages.usual import EMAIL_SAYS, LONG, NOTHING_ELSE, PHONE_SAYS, SHORTER, address, name_says, needed

OFF: Mapping[str, Any] = {"autocomplete": "off", "spellcheck": False}
EMAIL, TEL = {**OFF, "type": "email"}, {**OFF, "type": "tel", "classes": "govuk-input--width-20"}
NARROW, TIME = {**OFF, "classes": "govuk-input--width-10"}, {**OFF, "classes": "govuk-input--width-5"}
WRONG_TIME = {"should be a time": "Enter a time like 9am or 5:30pm"}
NO_WAY = "Enter a telephone number, an email address or an address of the caller"
WRONG_NUMBER = dict.fromkeys(
    ("should be a letter", "is too long"), "Enter a prisoner number like A1234BC, or leave it empty"
)


class Part(NamedTuple):
    """Fields that stand together; `of_a_person` is there for each protected person."""

    slug: str
    title: str
    fields: Sequence[Field]
    of_a_person: bool = False


def day(name: str, at: str, label: str, **says: str) -> Day:
    """A date, like 31 3 1990."""
    real = f"{label} must be a real date, like 27 3 2026"
    faults = {"should be a date": real, "is not a sensible date": real}
    return Day(name, at, label, says=faults | {key.replace("_", " "): text for key, text in says.items()})


def choices(texts: Mapping[str, str], empty: str = "Choose") -> Sequence[Option]:
    """What a list has to choose from, and first what is there before."""
    return [Option("", empty), *(Option(value, text) for value, text in texts.items())]


CALLER = Part(
    "caller",
    "Who is asking",
    (
        Field("caller-name", "requester/name", "Caller’s name", says=name_says("Enter the caller’s name"), look=OFF),
        Select(
            "caller-role",
            "requester/role",
            "Who they are",
            says=needed("Select who the caller is"),
            options=choices(words.ROLES),
        ),
        Field(
            "caller-organisation",
            "requester/organisation",
            "Organisation (if they ask for it)",
            says={"is too long": SHORTER},
            look=OFF,
        ),
        Choice(
            "consent",
            "consent",
            "Who it is for",
            says=needed("Select who it is for"),
            options=[
                Option("self", "The caller"),
                Option("given", "Somebody else, who agrees"),
                Option("not_given", "Somebody else, who does not agree or was not asked"),
            ],
            look={"classes": "govuk-radios--small"},
        ),
        Field(
            "caller-relation",
            "requester/relation",
            "How the caller knows them (if for somebody else)",
            says={"is too long": SHORTER},
            look=OFF,
        ),
    ),
)
GROUNDS = Part(
    "grounds",
    "Only without their consent",
    (
        Select(
            "grounds",
            "grounds/kind",
            "Why without their consent",
            says=needed("Select why it is asked without their consent"),
            options=choices(words.GROUNDS),
        ),
        LongText(
            "rationale",
            "grounds/rationale",
            "Why the contact must stop",
            "In detail: what happened, when, who is at risk. The prisoner does not see it.",
            says={
                "is needed": "Enter why the contact must stop",
                "should say in detail": "Say in more detail why the contact must stop",
                "is too long": LONG,
            },
            look={"rows": 4},
        ),
        Field(
            "court",
            "grounds/court",
            "Court (for an order or a bail condition)",
            says={"is needed": "Enter the name of the court", "is too long": SHORTER},
            look=OFF,
        ),
        day(
            "ordered",
            "grounds/ordered_on",
            "Date of the order (if known)",
            is_in_the_future="Date of the order must be today or in the past",
        ),
        day(
            "ends",
            "grounds/ends_on",
            "Last day of the order (if known)",
            is_before_the_order="Last day of the order must be the same as or after the day it was made",
            is_past="Last day of the order must be today or in the future",
        ),
    ),
)
PRISONER_NAME = Field(
    "prisoner-name", "prisoner/name", "Prisoner’s name", says=name_says("Enter the prisoner’s name"), look=OFF
)
PRISONER_NUMBER = Field(
    "prisoner-number",
    "prisoner/number",
    "Prisoner number (if known)",
    "Like A1234BC",
    says=WRONG_NUMBER,
    look=NARROW,
)
PRISONER = Part(
    "prisoner",
    "The prisoner",
    (
        PRISONER_NAME,
        PRISONER_NUMBER,
        day(
            "born",
            "prisoner/date_of_birth",
            "Date of birth (if known)",
            is_in_the_future="Date of birth must be in the past",
        ),
        PrisonChoice(
            "prison",
            "prisoner/believed_prison",
            "Prison (if known)",
            says=dict.fromkeys(("is not a prison", "is too long"), "Select a prison from the list"),
        ),
    ),
)
PERSON = Part(
    "person",
    "Who must not be contacted",
    (
        Field("name", "name", "Name", says=name_says("Enter the name of this person"), look=OFF),
        Rows(
            "names",
            "other_names",
            "Other names they use",
            of=Field("name", "", "Other name", says=name_says(""), look=OFF),
            another="Add a name",
        ),
        Rows(
            "phones",
            "phones",
            "Telephone numbers",
            of=Field("phone", "", "Telephone number", says=PHONE_SAYS, look=TEL),
            another="Add a number",
            also={"": {"needs an e-mail address": "Enter a telephone number, an address or an email address"}},
        ),
        Rows(
            "emails",
            "emails",
            "Email addresses",
            of=Field("email", "", "Email address", says=EMAIL_SAYS, look=EMAIL),
            another="Add an email address",
        ),
        Rows("addresses", "addresses", "Addresses", of=address("address", ""), another="Add an address"),
    ),
    of_a_person=True,
)
REACH = Part(
    "reach",
    "How to reach the caller safely",
    (
        Field(
            "caller-phone",
            "requester/phone",
            "Caller’s telephone number",
            says=PHONE_SAYS,
            also={"/requester": {"needs an": NO_WAY}},
            look=TEL,
        ),
        Field("caller-email", "requester/email", "Caller’s email address", says=EMAIL_SAYS, look=EMAIL),
        replace(address("caller-address", "requester/address"), label="Caller’s address"),
        MaySelect(
            "preferred",
            "requester/preferred_contact",
            "How they want to hear from us",
            says={"needs the": "Enter what is needed to reach the caller in this way"},
            options=choices(words.PREFERRED, "By email if there is one"),
        ),
        Clock("safe-from", "requester/safe_to_contact/not_before", "Safe from", "Like 9am", says=WRONG_TIME, look=TIME),
        Clock(
            "safe-until", "requester/safe_to_contact/not_after", "Safe until", "Like 5:30pm", says=WRONG_TIME, look=TIME
        ),
        Select(
            "voicemail",
            "requester/safe_to_contact/no_voicemail",
            "May we leave a voicemail?",
            says={"should be true": "Select whether we may leave a voicemail"},
            options=[Option("true", "No, or not asked"), Option("false", "Yes")],
        ),
        Field(
            "safe-subject",
            "requester/safe_to_contact/subject_alias",
            "Subject line of emails (optional)",
            "Words that give nothing away",
            says={"is too long": SHORTER, **NOTHING_ELSE},
            look=OFF,
        ),
        LongText(
            "safe-notes",
            "requester/safe_to_contact/notes",
            "What else keeps them safe (optional)",
            says={"is too long": LONG},
            look={"rows": 2},
        ),
    ),
)
REFERENCES = Part(
    "references",
    "References (if there are any)",
    (
        Field(
            "crime",
            "crime_reference",
            "Crime reference number",
            says={"is too long": SHORTER},
            look=TEL | {"type": "text"},
        ),
        Field(
            "urn",
            "cps_urn",
            "CPS reference (URN)",
            says={"is not": "Check the CPS reference, or leave it empty", "is too long": SHORTER},
            look=TEL | {"type": "text"},
        ),
    ),
)
