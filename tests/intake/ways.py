"""Ways through the form: page by page what is answered there, and what may be answered wrongly first."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Answer = Mapping[str, str]


NOTHING: Answer = {}


class Stop(NamedTuple):
    """A page, its right answer, wrong ones and what is told about each; `then` is the page that follows."""

    path: str
    answer: Answer = NOTHING
    wrong: Sequence[tuple[Answer, list[str]]] = ()
    then: str = ""


NO_NAME, LONG = "Enter your full name", "x" * 201
PHONE = "Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"
EMAIL = "Enter an email address in the correct format, like name@example.com"
POSTCODE = "Enter a full UK postcode, like LS1 1AA, or leave it empty"
NUMBER = "Enter a prisoner number like A1234BC, or leave this empty"
NOBODY = "Enter an email address, or go back and give a telephone number or an address: the prison needs at least one"
TIME = "Enter a time like 9am or 5:30pm"
BORN = {"born-day": "31", "born-month": "1", "born-year": "1990"}

WHO_ME = Stop("who", {"consent": "self"}, [({}, ["Select who the prisoner must not contact"])])
NO_LINK = "Enter this without a web address, email address or telephone number in it"
NAME = Stop(
    "your-name",
    {"name": "Jane Example"},
    [
        ({}, [NO_NAME]),
        ({"name": "123"}, ["Enter a name with letters in it"]),
        ({"name": LONG}, ["The name must be 200 characters or fewer"]),
    ],
)
MY_NAME = NAME._replace(path="my-name", wrong=[*NAME.wrong, ({"name": "Jane, ring 07700 900123"}, [NO_LINK])])
PRISONER = [
    Stop("prisoner-name", {"name": "John Example"}, [({}, ["Enter the prisoner’s name"])]),
    Stop("prisoner-number", {"number": "a1234 bc"}, [({"number": "1234"}, [NUMBER])]),
    Stop(
        "prisoner-born",
        BORN,
        [
            ({"born-day": "31"}, ["Date of birth must include a month"]),
            (BORN | {"born-month": "2"}, ["Date of birth must be a real date, like 31 3 1990"]),
            (BORN | {"born-year": "2090"}, ["Date of birth must be in the past"]),
        ],
    ),
    Stop("prisoner-prison", {"prison": "LEI"}),
]
SAFE = [
    Stop("safe-times", {"from": "9am", "until": "5:30pm"}, [({"from": "5", "until": "late"}, [TIME, TIME])]),
    Stop("voicemail", {"no_voicemail": "true"}, [({}, ["Select whether we can leave you a voicemail"])]),
    Stop(
        "safe-subject",
        {"subject": "Your library books"},
        [({"subject": LONG}, ["This must be 200 characters or fewer"])],
    ),
    Stop("safe-notes", {"notes": "Please do not talk to my brother"}),
]

FOR_ME = [
    WHO_ME,
    Stop("you", {"role": "victim"}, [({}, ["Select which of these best describes you"])]),
    MY_NAME,
    Stop(
        "people/me/other-names", {"names-0": "Jane Sample"}, [({"names-0": "1"}, ["Enter a name with letters in it"])]
    ),
    Stop("people/me/phones", {"phones-0": "07700 900 123"}, [({"phones-0": "07700 9OO"}, [PHONE])]),
    Stop(
        "people/me/addresses",
        {"addresses-0-line1": "1 High Street", "addresses-0-town": "Leeds", "addresses-0-postcode": "ls11aa"},
        [
            ({"addresses-0-town": "Leeds"}, ["Enter the first line of the address"]),
            ({"addresses-0-line1": "1 High Street", "addresses-0-postcode": "LS1"}, [POSTCODE]),
        ],
    ),
    Stop("people/me/emails", {"emails-0": ""}, [({"emails-0": "jane@"}, [EMAIL])]),
    Stop("people", {"more": "no"}, [({}, ["Select yes if there is someone else the prisoner must not contact"])]),
    *PRISONER,
    Stop("crime-reference"),
    Stop("contact", {"contact": "email"}, [({}, ["Select how we should contact you"])]),
    Stop("email", {"email": "Jane@Example.org"}, [({}, ["Enter your email address"]), ({"email": "jane"}, [EMAIL])]),
    Stop("other-phone", {"phone": "07700 900 555"}, [({"phone": "none"}, [PHONE])]),
    *SAFE,
]

SECOND_LIST = Stop("people", {"more": "no"})
ORDERED = {"ordered-day": "1", "ordered-month": "10", "ordered-year": "2026"}
ENDS = {"ends-day": "1", "ends-month": "10", "ends-year": "2027"}
FOR_OTHERS = [
    Stop("who", {"consent": "not_given"}),
    Stop("your-role", {"role": "police"}, [({}, ["Select which of these best describes you"])]),
    NAME,
    Stop("organisation", {"organisation": "West Yorkshire Police"}),
    Stop(
        "people/1/name",
        {"name": "Kim Example"},
        [({}, ["Enter the full name of the person the prisoner must not contact"])],
    ),
    Stop("people/1/other-names"),
    Stop("people/1/phones"),
    Stop("people/1/addresses"),
    Stop("people/1/emails", {"emails-0": "kim@example.org"}, [({}, [NOBODY])]),
    Stop("people", {"more": "yes"}),
    Stop("people/2/name", {"name": "Lee Example"}),
    Stop("people/2/other-names"),
    Stop("people/2/phones", {"phones-0": "+33 1 23 45 67 89"}),
    Stop("people/2/addresses"),
    Stop("people/2/emails"),
    SECOND_LIST,
    Stop("prisoner-name", {"name": "John Example"}),
    Stop("prisoner-number"),
    Stop("prisoner-born"),
    Stop("prisoner-prison"),
    Stop("grounds", {"kind": "court_order"}, [({}, ["Select why you ask without their agreement"])]),
    Stop(
        "rationale",
        {"rationale": "He rings her every night and threatens her"},
        [
            ({}, ["Enter why the contact must stop"]),
            ({"rationale": "Because"}, ["Say in more detail why the contact must stop"]),
            ({"rationale": "x" * 10_001}, ["This must be 10,000 characters or fewer"]),
        ],
    ),
    Stop("court", {"court": "Leeds Magistrates’ Court"}, [({}, ["Enter the name of the court"])]),
    Stop(
        "ordered-on",
        ORDERED,
        [
            (ORDERED | {"ordered-year": "2090"}, ["Date of the order must be today or in the past"]),
            (ORDERED | {"ordered-day": ""}, ["Date of the order must include a day"]),
        ],
    ),
    Stop(
        "ends-on",
        ENDS,
        [
            (ENDS | {"ends-year": "2025"}, ["Last day of the order must be the same as or after the day it was made"]),
            (ENDS | {"ends-month": "13"}, ["Last day of the order must be a real date, like 27 3 2028"]),
        ],
    ),
    Stop("crime-reference", {"crime": "WY/1234/26"}),
    Stop("contact", {"contact": "post"}),
    Stop("address", {"address-line1": "1 High Street", "address-town": "Leeds"}, [({}, ["Enter your address"])]),
    Stop("other-phone"),
    Stop("safe-notes"),
]

WITH_CONSENT = [
    Stop("who", {"consent": "given"}),
    Stop("your-role", {"role": "friend"}),
    NAME,
    Stop("relation", {"relation": "Neighbour"}),
    Stop("people/1/name", {"name": "Kim Example"}),
    Stop("people/1/other-names"),
    Stop("people/1/phones", {"phones-0": "07700 900 123"}),
    Stop("people/1/addresses"),
    Stop("people/1/emails"),
    Stop("people", {"more": "no"}),
    *PRISONER,
    Stop("crime-reference"),
    Stop("contact", {"contact": "phone"}),
    Stop("phone", {"phone": "01632 960 001"}),
    Stop("other-email", {"email": "jane@example.org"}),
    *SAFE,
]
TO_KEEP_SAFE = [
    Stop("who", {"consent": "not_given"}),
    *WITH_CONSENT[1:14],
    Stop("grounds", {"kind": "safeguarding"}),
    Stop("rationale", {"rationale": "She is eight years old and he frightens her"}),
    *WITH_CONSENT[14:],
]

HOW = Stop("how", {"channel": "phone"}, [({}, ["Select how the prisoner made contact"])])
WHEN = {"when-day": "22", "when-month": "November", "when-year": "2026", "when-time": "9:40pm"}
REPORT = [
    Stop(
        "reference",
        {"reference": ""},
        [({"reference": "UPC-222"}, ["Check the reference. If you do not have it, leave this empty"])],
    ),
    Stop("prisoner-name", {"name": "John Example"}, [({}, ["Enter the prisoner’s name"])]),
    Stop("prisoner-number", {"number": ""}, [({"number": "x"}, [NUMBER])]),
    Stop("person", {"person": "Jane Example"}, [({}, ["Enter the name of the person the prisoner contacted"])]),
    HOW,
    Stop(
        "when",
        WHEN,
        [
            (WHEN | {"when-time": ""}, ["The date and time must include a time"]),
            (WHEN | {"when-time": "25:00"}, ["Enter a real date and time, like 22 11 2026 and 9:40pm"]),
            (WHEN | {"when-year": "2090"}, ["The date and time must be in the past"]),
        ],
    ),
    Stop("contact-used", {"used": "07700 900 999"}),
    Stop("what", {"what": "He rang and said he knows where I live"}, [({}, ["Enter what happened"])]),
    Stop("about-you", {"phone": "07700 900 123", "email": ""}, [({"phone": "x", "email": "y"}, [PHONE, EMAIL])]),
]

BY_KEYBOARD = [
    Stop("who", {"consent": "self"}, then="you"),
    Stop("you", {"role": "witness"}, then="my-name"),
    Stop("my-name", {"name": "Jane Example"}, then="other-names"),
    Stop("people/me/other-names", {"names-0": "JJ"}, then="phones"),
    Stop("people/me/phones", {"phones-0": "07700 900 123"}, then="addresses"),
    Stop("people/me/addresses", {"addresses-0-line1": "1 High Street"}, then="emails"),
    Stop("people/me/emails", {"emails-0": "jane@example.org"}, then="people"),
    Stop("people", {"more": "no"}, then="prisoner-name"),
    Stop("prisoner-name", {"name": "John Example"}, then="prisoner-number"),
    Stop("prisoner-number", {"number": "A1234BC"}, then="prisoner-born"),
    Stop("prisoner-born", BORN, then="prisoner-prison"),
    Stop("prisoner-prison", {"prison": "Leeds"}, then="crime-reference"),
    Stop("crime-reference", {"crime": "1"}, then="contact"),
    Stop("contact", {"contact": "email"}, then="email"),
    Stop("email", {"email": "jane@example.org"}, then="other-phone"),
    Stop("other-phone", {"phone": "07700 900 123"}, then="safe-times"),
    Stop("safe-times", {"from": "9am"}, then="voicemail"),
    Stop("voicemail", {"no_voicemail": "false"}, then="safe-subject"),
    Stop("safe-subject", {"subject": "Books"}, then="safe-notes"),
]


def find(reference: str) -> Stop:
    """How a request stands: what the requester of `FOR_ME` knows, and what others may try."""
    no_match = "Check the reference, and the email address, telephone number or postcode: they do not match"
    missing = ["Enter your reference", "Enter the email address, telephone number or postcode that you gave us"]
    return Stop(
        "find",
        {"reference": reference, "detail": "07700900555"},
        [({}, missing), ({"reference": reference, "detail": "07700 900 123"}, [no_match])],
    )
