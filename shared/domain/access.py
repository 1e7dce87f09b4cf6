"""Who may do what. Decided here and nowhere else; what no rule allows is refused (docs/decisions/0007)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

NATIONAL = "*"
"""Among a caller's prisons: every one of them."""


class Role(StrEnum):
    """What a caller is, as their access token says. `PUBLIC` is who brings none, and no token can give it."""

    PUBLIC = "public"
    AGENCY = "agency"
    POLICE = "police"
    PROBATION = "probation"
    OPERATOR = "operator"
    PRISON_STAFF = "prison_staff"
    CENTRAL = "central"
    ESTATE = "estate"
    INTEGRITY = "integrity"
    SRE = "sre"


class Action(StrEnum):
    """What can be done over HTTP, by a program or at the desk. A route declares one of these, or that it needs no account."""

    SUBMIT_REQUEST = "submit_request"
    SEE_REQUEST = "see_request"
    KNOW_PRISON = "know_prison"
    REPORT_BREACH = "report_breach"
    BEGIN_FORM = "begin_form"
    CHECK_CONTACT = "check_contact"
    SEE_BLOCK_LIST = "see_block_list"
    SEE_SOCIAL_CONTACTS = "see_social_contacts"
    SEE_AUDIT = "see_audit"
    SEE_CASE = "see_case"
    EXPORT_SUBJECT = "export_subject"
    HOLD_CASE = "hold_case"
    ERASE_CASE = "erase_case"
    SEE_CASELOAD = "see_caseload"
    DECIDE_CASE = "decide_case"
    FIND_PRISONER = "find_prisoner"
    DO_TASKS = "do_tasks"
    TAKE_CALL = "take_call"
    SEE_FIGURES = "see_figures"
    SEE_STORY = "see_story"
    SEE_LATE = "see_late"
    MEND_LISTS = "mend_lists"


class Reach(Enum):
    """How far a rule goes: to everything, to what the caller's organisation submitted, to prisoners its prisons hold."""

    ALL = "all"
    OWN = "own"
    HELD = "held"


@dataclass(frozen=True)
class Caller:
    """Who calls. `prisons` are prison ids, or `NATIONAL` for a system of all of them."""

    subject: str
    roles: frozenset[Role]
    organisation: str | None = None
    prisons: frozenset[str] = frozenset()

    @property
    def owner(self) -> str:
        """What their submissions are kept under: their organisation, or this caller alone."""
        return organisation_owner(self.organisation) if self.organisation else f"caller:{self.subject}"


PUBLIC = Caller("public", frozenset({Role.PUBLIC}))


@dataclass(frozen=True)
class Whose:
    """Whose a thing is: who submitted it, and the prisons that hold the prisoner it is about."""

    owner: str | None = None
    prisons: frozenset[str] = frozenset()


NOBODYS = Whose()
"""Of what is not there, and of actions that are about nothing in particular."""

RULES: Mapping[Action, Mapping[Role, Reach]] = {
    Action.SUBMIT_REQUEST: dict.fromkeys(
        (Role.AGENCY, Role.POLICE, Role.PROBATION, Role.OPERATOR, Role.CENTRAL), Reach.ALL
    ),
    Action.SEE_REQUEST: {
        Role.AGENCY: Reach.OWN,
        Role.POLICE: Reach.OWN,
        Role.PROBATION: Reach.OWN,
        Role.PRISON_STAFF: Reach.HELD,
        Role.OPERATOR: Reach.ALL,
        Role.CENTRAL: Reach.ALL,
    },
    # R41: not every agency, and not on the word of a form
    Action.KNOW_PRISON: {
        Role.POLICE: Reach.OWN,
        Role.PROBATION: Reach.OWN,
        Role.PRISON_STAFF: Reach.HELD,
        Role.OPERATOR: Reach.ALL,
        Role.CENTRAL: Reach.ALL,
    },
    Action.REPORT_BREACH: dict.fromkeys(
        (
            *(Role.PUBLIC, Role.AGENCY, Role.POLICE, Role.PROBATION),
            *(Role.OPERATOR, Role.PRISON_STAFF, Role.CENTRAL),
        ),
        Reach.ALL,
    ),
    Action.BEGIN_FORM: {Role.PUBLIC: Reach.ALL},
    Action.CHECK_CONTACT: {Role.ESTATE: Reach.HELD, Role.PRISON_STAFF: Reach.HELD},
    Action.SEE_BLOCK_LIST: {Role.ESTATE: Reach.HELD, Role.PRISON_STAFF: Reach.HELD},
    Action.SEE_SOCIAL_CONTACTS: {Role.ESTATE: Reach.HELD, Role.PRISON_STAFF: Reach.HELD},
    Action.SEE_AUDIT: {Role.INTEGRITY: Reach.ALL},
    Action.SEE_CASE: {Role.CENTRAL: Reach.ALL},
    Action.EXPORT_SUBJECT: {Role.CENTRAL: Reach.ALL},
    Action.HOLD_CASE: {Role.CENTRAL: Reach.ALL},
    Action.ERASE_CASE: {Role.CENTRAL: Reach.ALL},
    Action.SEE_CASELOAD: {Role.PRISON_STAFF: Reach.HELD, Role.CENTRAL: Reach.ALL},
    Action.DECIDE_CASE: {Role.PRISON_STAFF: Reach.HELD},
    Action.FIND_PRISONER: dict.fromkeys((Role.OPERATOR, Role.CENTRAL), Reach.ALL),
    Action.DO_TASKS: dict.fromkeys((Role.OPERATOR, Role.CENTRAL), Reach.ALL),
    Action.TAKE_CALL: dict.fromkeys((Role.OPERATOR, Role.CENTRAL), Reach.ALL),
    Action.SEE_FIGURES: {Role.PRISON_STAFF: Reach.HELD, Role.CENTRAL: Reach.ALL},
    # without SEE_CASELOAD neither has anything personal in it
    Action.SEE_STORY: {Role.PRISON_STAFF: Reach.HELD, Role.CENTRAL: Reach.ALL, Role.SRE: Reach.ALL},
    Action.SEE_LATE: dict.fromkeys((Role.CENTRAL, Role.SRE), Reach.ALL),
    Action.MEND_LISTS: {Role.SRE: Reach.ALL},
}


def may(caller: Caller, action: Action, whose: Whose = NOBODYS) -> bool:
    """Whether `caller` may do `action` to what is `whose`."""
    return any(_reaches(caller, reach, whose) for role, reach in RULES[action].items() if role in caller.roles)


def may_at_all(caller: Caller, action: Action) -> bool:
    """Whether there is anything that `caller` may do `action` to."""
    return not caller.roles.isdisjoint(RULES[action])


def from_police_or_probation(caller: Caller) -> bool:
    """Whether it is known, and not only said, that police or probation ask (R41)."""
    return not caller.roles.isdisjoint((Role.POLICE, Role.PROBATION))


def organisation_owner(organisation: str) -> str:
    """What is kept under an organisation's name, whatever its capitals and spaces."""
    return f"organisation:{' '.join(organisation.split()).casefold()}"


def _reaches(caller: Caller, reach: Reach, whose: Whose) -> bool:
    match reach:
        case Reach.ALL:
            return True
        case Reach.OWN:
            return whose.owner == caller.owner
        case Reach.HELD:
            return NATIONAL in caller.prisons or not caller.prisons.isdisjoint(whose.prisons)
