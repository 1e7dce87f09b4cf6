"""The whole table of who may do what to what is theirs and to what is others', written down apart from the rules (R41, R42)."""

from dataclasses import replace

import pytest

from shared.domain.access import NATIONAL, NOBODYS, PUBLIC, Action, Caller, Role, Whose, may, may_at_all

OURS = Whose("organisation:west yorkshire police", frozenset({"LEI", "BXI"}))
OTHERS = Whose("organisation:victim support", frozenset({"MDI"}))

TABLE = """
                     public  agency  police  probation  operator  prison_staff  central  estate  integrity  sre
submit_request       -       all     all     all        all       -             all      -       -          -
see_request          -       own     own     own        all       own           all      -       -          -
know_prison          -       -       own     own        all       own           all      -       -          -
report_breach        all     all     all     all        all       all           all      -       -          -
begin_form           all     -       -       -          -         -             -        -       -          -
check_contact        -       -       -       -          -         own           -        own     -          -
see_block_list       -       -       -       -          -         own           -        own     -          -
see_social_contacts  -       -       -       -          -         own           -        own     -          -
see_audit            -       -       -       -          -         -             -        -       all        -
see_case             -       -       -       -          -         -             all      -       -          -
export_subject       -       -       -       -          -         -             all      -       -          -
hold_case            -       -       -       -          -         -             all      -       -          -
erase_case           -       -       -       -          -         -             all      -       -          -
see_caseload         -       -       -       -          -         own           all      -       -          -
decide_case          -       -       -       -          -         own           -        -       -          -
find_prisoner        -       -       -       -          all       -             all      -       -          -
do_tasks             -       -       -       -          all       -             all      -       -          -
take_call            -       -       -       -          all       -             all      -       -          -
see_figures          -       -       -       -          -         own           all      -       -          -
see_story            -       -       -       -          -         own           all      -       -          all
see_late             -       -       -       -          -         -             all      -       -          all
mend_lists           -       -       -       -          -         -             -        -       -          all
"""
_FIRST, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
CELLS = [(Role(role), Action(row[0]), cell) for row in _ROWS for role, cell in zip(_FIRST, row[1:], strict=True)]


def caller(*roles: Role) -> Caller:
    return Caller("them", frozenset(roles), "West Yorkshire  POLICE", frozenset({"LEI"}))


def test_the_table_says_something_about_every_role_and_every_action() -> None:
    assert {(role, action) for role, action, _ in CELLS} == {(role, action) for role in Role for action in Action}


@pytest.mark.parametrize(("role", "action", "cell"), CELLS)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action, cell: str) -> None:
    them = caller(role)
    assert may(them, action, OURS) is (cell in ("own", "all"))
    assert may(them, action, OTHERS) is (cell == "all")
    assert may(them, action, NOBODYS) is (cell == "all")
    assert may_at_all(them, action) is (cell != "-")


@pytest.mark.parametrize("action", Action)
def test_who_has_no_role_may_nothing_whatever_else_is_said_of_them(action: Action) -> None:
    nobody = replace(caller(), prisons=frozenset({NATIONAL}))
    assert not may_at_all(nobody, action)
    assert not any(may(nobody, action, whose) for whose in (OURS, OTHERS, NOBODYS))


@pytest.mark.parametrize("action", Action)
def test_what_the_public_may_anybody_with_an_account_is_not_kept_from(action: Action) -> None:
    assert may_at_all(PUBLIC, action) is (action in (Action.REPORT_BREACH, Action.BEGIN_FORM))


def test_a_national_system_reaches_every_prisoner_also_one_that_no_prison_is_known_for() -> None:
    national = replace(caller(Role.ESTATE), prisons=frozenset({NATIONAL}))
    assert all(may(national, Action.CHECK_CONTACT, whose) for whose in (OURS, OTHERS, NOBODYS))


def test_a_prison_is_no_organisation_and_an_organisation_no_prison() -> None:
    assert not may(caller(Role.AGENCY), Action.SEE_REQUEST, replace(OTHERS, prisons=OURS.prisons))
    assert not may(caller(Role.PRISON_STAFF), Action.SEE_REQUEST, replace(OTHERS, owner=OURS.owner))


def test_several_roles_reach_as_far_as_any_of_them() -> None:
    both = caller(Role.AGENCY, Role.CENTRAL)
    assert may(both, Action.SEE_REQUEST, OTHERS)
    assert not may(both, Action.SEE_BLOCK_LIST, OURS)


@pytest.mark.parametrize("organisation", [None, "them", "caller:them"])
def test_who_has_no_organisation_owns_what_they_alone_submitted(organisation: str | None) -> None:
    alone = replace(caller(Role.AGENCY), organisation=None)
    them = replace(alone, subject="another", organisation=organisation)
    assert may(alone, Action.SEE_REQUEST, Whose(alone.owner))
    assert not may(them, Action.SEE_REQUEST, Whose(alone.owner))
