"""The desk's words for what events say, in plain English: one place, for pages, papers and the story alike."""

from collections.abc import Mapping

import phonenumbers

from services.desk.domain.case import Standing
from services.desk.domain.flags import Caution
from services.desk.domain.todo import Kind
from shared.domain.addresses import Address
from shared.domain.prisons import PRISONS

UK = 44
KINDS: Mapping[str, str] = {
    Kind.BREACH: "Act on contact that went on",
    Kind.DECIDE: "Decide a request",
    Kind.ACKNOWLEDGE: "Put blocks in force",
    Kind.REVIEW: "Review a block",
    Kind.FIND: "Find the prisoner of a request",
    Kind.FIND_BREACH: "Find the prisoner of a breach report",
    Kind.TASK: "Tell a requester",
    Kind.PUT_RIGHT: "Put right what was not taken in",
    Kind.MAIL: "Read an email",
}
CLOSED: Mapping[str, str] = {
    "moved": "Left behind by a move",
    "block_gone": "The block had ended",
    "released": "The prisoner was released",
}
CLOSED_BECAUSE: Mapping[str, str] = {
    "moved": "The prisoner has moved: the next prison has a review of its own.",
    "block_gone": "The block was lifted or has ended: there is nothing left to review.",
    "released": "The prisoner was released: what was in force has gone to probation.",
}
NOTES: Mapping[str, str] = {
    "sent": "Sent",
    "more_asked": "More asked for",
    "failed": "Failed before",
    "movement": "After a move",
    "periodic": "Regular review",
    "phone": "By phone",
    "text": "By text",
    "letter": "By letter",
    "email": "By email",
    "video": "By video call",
    "social_media": "On social media",
    "third_party": "Through somebody else",
    "other": "In another way",
    "no_match": "Nobody found",
    "several_matches": "Several people fit",
    "not_sure": "Not sure",
    "number_and_name_disagree": "Number and name disagree",
    "reference_and_number_disagree": "Reference and number disagree",
    "number_unknown": "Number not known",
    "prisoner_died": "The prisoner has died",
    "deadline_near": "Deadline is near",
    "deadline_passed": "Deadline has passed",
    "not_in_custody": "Not in prison",
    "telephone": "Telephone",
    "write_letter": "Write a letter",
    "check_delivery": "Check that an email arrived",
    "undeliverable": "Email came back",
    "pass_to_probation": "Pass to probation",
    "no_deadline": "A deadline could not be worked out",
    "abscond": "A prisoner has absconded",
    "rejected": "Not taken in",
    "unanswered": "No answer yet",
    "too_large": "Too large",
    "unreadable": "Could not be read",
    "something_lost": "Something did not arrive",
    "not_proved": "Sender not proved",
    "no_form": "Not the agency’s form",
    "more_beside": "More than forms",
    "other_address": "Not the agency’s address",
    "forms": "Form not complete",
}
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.PROPOSED: ("To be decided", "govuk-tag--yellow"),
    Standing.MORE_ASKED: ("More asked for", "govuk-tag--purple"),
    Standing.REFUSED: ("Refused", "govuk-tag--grey"),
    Standing.AUTHORISED: ("Authorised", "govuk-tag--blue"),
    Standing.IMPLEMENTED: ("In force", "govuk-tag--green"),
    Standing.LIFTED: ("Withdrawn", "govuk-tag--grey"),
    Standing.ENDED: ("Ended", "govuk-tag--grey"),
}
ROLES: Mapping[str, str] = {
    "victim": "Victim",
    "witness": "Witness",
    "police": "Police",
    "probation": "Probation",
    "victim_services": "Victim services",
    "friend": "Friend",
    "family": "Family",
    "other": "Somebody else",
}
CONSENTS: Mapping[str, str] = {
    "self": "The requester is the protected person",
    "given": "Asked on their behalf, with their consent",
    "not_given": "Asked on their behalf, without their consent",
}
GROUNDS: Mapping[str, str] = {
    "safeguarding": "Safeguarding",
    "court_order": "Court order",
    "bail_condition": "Bail condition",
}
CHANNELS: Mapping[str, str] = {
    "web": "on the web form",
    "email": "by email",
    "telephone": "by telephone",
    "http": "from an agency’s system",
    "kafka": "from an agency’s system",
}
PREFERRED: Mapping[str, str] = {"email": "By email", "phone": "By phone", "post": "By post"}
ACTIONS: Mapping[str, str] = {
    "cell_search": "Cell search",
    "pin_phone_check": "PIN phone check",
    "mail_check": "Mail check",
    "other": "Something else",
}
PROSECUTION: Mapping[str, str] = {
    "illicit_mobile_phone": "An illicit mobile phone",
    "witness_intimidation": "Witness intimidation",
    "breach_of_court_order": "A breach of a court order",
}
MAILS: Mapping[str, str] = {
    "draft": "Email",
    "too_large": "Email that is too large",
    "unreadable": "Email that could not be read",
    "forms": "An agency’s form",
    "auto_reply": "Automatic reply",
    "bounce": "Email of ours that came back",
    "spam": "Marked as spam",
}
FOLDERS: Mapping[str, str] = {
    "draft": "Taken",
    "forms": "Taken",
    "too_large": "Too large",
    "unreadable": "Unreadable",
    "auto_reply": "Automatic",
    "bounce": "Bounces",
    "spam": "Spam",
}
"""Where the mailbox puts each kind away."""
PILES: Mapping[str, str] = {"open": "To be read", "aside": "Set aside", "read": "Read"}
OUTCOMES: Mapping[str, str] = {
    "authorise": "decided to authorise",
    "refuse": "decided to refuse",
    "ask_for_more": "decided to ask for more",
    "withdraw": "recorded a withdrawal",
    "keep": "decided to keep the block",
    "change": "decided to change the block",
    "end": "decided to end the block",
    "record_action": "recorded an action",
    "routed": "said which prisoner it is",
    "implemented": "confirmed the list",
    "failed": "said that the list failed",
    "done": "did the task",
    "tried": "tried the task",
    "request": "took the email as a request",
    "breach_report": "took the email as a report",
    "not_for_us": "said that the email is not for us",
}
RESULTS: Mapping[str, str] = {"keep": "Keep the block", "change": "Keep it, but change it", "end": "End the block"}
HELD: Mapping[str, str] = {
    "not_in_custody": "not in prison now",
    "in_transit": "on the way to a prison",
    "released": "released",
}
MOVED: Mapping[str, str] = {
    "NEW_ADMISSION": "new admission",
    "ADMISSION": "admission",
    "READMISSION": "back in the same term",
    "READMISSION_SWITCH_BOOKING": "back in the same term",
    "TRANSFERRED": "transfer",
    "RETURN_FROM_COURT": "back from court",
    "TEMPORARY_ABSENCE_RETURN": "back from a temporary absence",
    "POST_MERGE_ADMISSION": "after two numbers were merged",
    "TEMPORARY_ABSENCE_RELEASE": "temporary absence",
    "RELEASED_TO_HOSPITAL": "to hospital",
    "RELEASED": "released",
    "SENT_TO_COURT": "to court",
    "UNKNOWN": "reason not known",
    "MERGE": "two numbers were merged",
}
STEPS: Mapping[str, str] = {
    "submitted": "submitted",
    "being_considered": "being considered",
    "decided": "decided",
    "breach": "contact went on",
    "received": "the request was received",
    "sent_to_prison": "the request is with the prison",
    "held": "the request waits",
    "not_in_prison": "the prisoner is not in prison",
    "person_looking": "a person is looking for the prisoner",
    "authorised": "the block is authorised",
    "refused": "the request is refused",
    "more_needed": "the prison needs to know more",
    "implemented": "the block is in force",
    "reviewed": "the block was reviewed",
    "lifted": "the block was withdrawn",
    "withdrawal_noted": "the withdrawal was noted",
    "ended": "the block has ended",
    "released": "the prisoner was released",
    "breach_passed_on": "the report is with the prison",
    "pass_to_probation": "the request goes to probation",
}
CAUTIONS: Mapping[Caution, str] = {
    Caution.ON_LIST: "On the prisoner’s list as {about}: comes off with the block.",
    Caution.SHARED_HOUSEHOLD: "Also used by {about}, who is on the prisoner’s list. Blocking it cuts them off, too.",
    Caution.OFFICIAL: "Also used by {about}, a legal or official contact. They stay reachable.",
    Caution.BLOCKED_ALREADY: "Blocked already by {about}. It stays blocked if that one is withdrawn or this one refused.",
    Caution.REQUESTERS_OWN: "Also given as the requester’s own ({about}). Check whose it is.",
}


def prison(prison_id: str | None) -> str:
    """`HMP Leeds`; the id itself where the register does not know it."""
    known = PRISONS.get(prison_id or "")
    return known.full_name if known else prison_id or "no prison"


def caution(about: Caution, who: tuple[str, ...]) -> str:
    return CAUTIONS[about].format(about=" and ".join(who))


def phone(number: str) -> str:
    """`+447700900123` as people in this country write it: `07700 900123`."""
    try:
        known = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    home = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if known.country_code == UK
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(known, home)


def address(where: Address) -> str:
    """An address as one line."""
    return ", ".join(part for part in (*where.lines, where.town, where.postcode) if part)
