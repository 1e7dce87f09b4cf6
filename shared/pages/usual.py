"""What is told in the same words wherever it is wrong, and the looks of the same things."""

from collections.abc import Mapping
from typing import Any

from shared.pages.fields import Address, Field, Says
from shared.pages.languages import N_

TOO_LONG_EMAIL = N_("The email address is too long")
TOO_LONG_PHONE = N_("The telephone number is too long")
WRONG_EMAIL = N_("Enter an email address in the correct format, like name@example.com")
WRONG_PHONE = N_("Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192")
EMAIL_SAYS = {"is not an e-mail address": WRONG_EMAIL, "is too long": TOO_LONG_EMAIL}
PHONE_SAYS = {"is not a telephone number": WRONG_PHONE, "is too long": TOO_LONG_PHONE}
SHORTER = N_("This must be 200 characters or fewer")
LONG = N_("This must be 10,000 characters or fewer")
EMAIL_LOOK = {"type": "email", "autocomplete": "email", "spellcheck": False}
PHONE_LOOK = {"type": "tel", "autocomplete": "tel", "classes": "govuk-input--width-20"}


def needed(words: str) -> Says:
    """`words` where nothing was chosen or said."""
    return {"is needed": words, "should be one of": words}


NOTHING_ELSE = {"should hold no link": N_("Enter this without a web address, email address or telephone number in it")}


def name_says(missing: str) -> Says:
    """What to tell about a name."""
    return {
        "is needed": missing,
        "should be a name": N_("Enter a name with letters in it"),
        "is too long": N_("The name must be 200 characters or fewer"),
        **NOTHING_ELSE,
    }


def address(name: str, at: str, also: Mapping[str, Says] | None = None, own: bool = False) -> Address:
    """The fields of an address, filled in by the browser where it is the requester's `own`."""
    line = {"is too long": N_("Each line of the address must be 200 characters or fewer")}
    first = {**line, "needs at least one": N_("Enter the first line of the address")}
    postcode = {
        "is not a postcode": N_("Enter a full UK postcode, like LS1 1AA, or leave it empty"),
        "is too long": N_("Enter a full UK postcode, like LS1 1AA, or leave it empty"),
    }

    def look(complete: str, classes: str = "") -> dict[str, Any]:
        return {"autocomplete": complete if own else "off", "classes": classes}

    parts = (
        Field("line1", "lines/0", N_("Address line 1"), says=first, look=look("address-line1")),
        Field("line2", "lines/1", N_("Address line 2 (optional)"), says=line, look=look("address-line2")),
        Field("town", "town", N_("Town or city"), says=line, look=look("address-level2", "govuk-!-width-two-thirds")),
        Field("postcode", "postcode", N_("Postcode"), says=postcode, look=look("postal-code", "govuk-input--width-10")),
    )
    return Address(name, at, "", says=first, also=also or {}, parts=parts)
