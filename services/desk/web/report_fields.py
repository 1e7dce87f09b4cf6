"""What an operator asks somebody who reports that contact goes on (R29)."""

from services.desk.web.call_fields import (
    EMAIL,
    OFF,
    PRISONER_NAME,
    PRISONER_NUMBER,
    TEL,
    Part,
    choices,
)
from shared.pages.fields import DayAndClock, Field, LongText, Select
from shared.pages.usual import EMAIL_SAYS, LONG, PHONE_SAYS, SHORTER, name_says, needed

WHAT_HAPPENED = Part(
    "happened",
    "What happened",
    (
        Select(
            "how",
            "channel",
            "How the prisoner made contact",
            says=needed("Select how the prisoner made contact"),
            options=choices(
                {
                    "phone": "A telephone call",
                    "text": "A text or a message in an app",
                    "letter": "A letter or parcel",
                    "email": "An email",
                    "video": "A video call",
                    "social_media": "Social media",
                    "third_party": "Through somebody else",
                    "other": "In another way",
                }
            ),
        ),
        DayAndClock(
            "when",
            "happened_at",
            "When it happened (if known)",
            says={
                "should be a date": "Enter a real date and time, like 22 11 2026 and 9:40pm",
                "is in the future": "The date and time must be in the past",
            },
        ),
        Field(
            "used",
            "contact_used",
            "Number, address or account that was used or contacted (if known)",
            says={"is too long": SHORTER},
            look=OFF,
        ),
        LongText(
            "what",
            "what_happened",
            "What happened",
            "The prison reads this. Leave out who reports it, and how to reach them",
            says={"is needed": "Enter what happened", "is too long": LONG},
            look={"rows": 5},
        ),
    ),
)
WHOSE_BLOCK = Part(
    "whose",
    "Which block",
    (
        Field(
            "reference",
            "reference",
            "Reference (if they have it)",
            "Without it, the prisoner and the person are needed",
            says=dict.fromkeys(
                ("is not as ours", "is too long"), "Check the reference, or enter the prisoner and the person"
            ),
            look=TEL | {"type": "text"},
        ),
        Field(
            "person",
            "protected_person",
            "Who was contacted",
            says={**name_says(""), **needed("Enter who was contacted")},
            look=OFF,
        ),
        Field(
            PRISONER_NAME.name,
            PRISONER_NAME.at,
            PRISONER_NAME.label,
            says=PRISONER_NAME.says,
            also={"/prisoner": needed("Enter the prisoner’s name")},
            look=OFF,
        ),
        PRISONER_NUMBER,
    ),
)
REPORTER = Part(
    "reporter",
    "The caller (if they want to say)",
    (
        Field("caller-name", "reporter/name", "Caller’s name", says={"is too long": SHORTER}, look=OFF),
        Field("caller-phone", "reporter/phone", "Caller’s telephone number", says=PHONE_SAYS, look=TEL),
        Field("caller-email", "reporter/email", "Caller’s email address", says=EMAIL_SAYS, look=EMAIL),
    ),
)
