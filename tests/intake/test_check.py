"""Complete, or every fault at once (R2, R3, R29, R36, R42, R44)."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.check import check_request
from tests.intake import forms

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GONE = object()


def spoilt(path: str, value: Any) -> dict[str, Any]:
    """A complete request with one value put in, or taken out."""
    body = copy.deepcopy(forms.request())
    body["protected_people"][0]["other_names"] = ["Jane Sample"]
    put(body, path, value)
    return body


def put(body: Any, path: str, value: Any) -> None:
    *parents, last = [int(part) if part.isdigit() else part for part in path.strip("/").split("/")]
    for parent in parents:
        body = body[parent]
    if value is GONE:
        del body[last]
    else:
        body[last] = value


def pointers(body: Any) -> list[str]:
    return [fault.pointer for fault in check_request(body, NOW)[1]]


def test_r2_the_least_that_is_asked_for_is_enough() -> None:
    form, faults = check_request(forms.least(), NOW)
    assert faults == ()
    assert form is not None
    assert form.protected_people[0].emails == ("jane@example.org",)


FAULTS: list[tuple[str, Any]] = [
    ("/requester/name", GONE),
    ("/requester/name", "   "),
    ("/requester/name", 7),
    ("/requester/name", "x" * 201),
    ("/requester/role", "wizard"),
    ("/requester/email", "not an address"),
    ("/requester/email", "jane@example.org\nBcc: all@example.org"),
    ("/requester/phone", "O7700 9OO123"),
    ("/requester/preferred_contact", "phone"),
    ("/consent", GONE),
    ("/consent", "perhaps"),
    ("/grounds", None),
    ("/grounds/kind", "a hunch"),
    ("/grounds/rationale", GONE),
    ("/grounds/rationale", "because"),
    ("/grounds/court", None),
    ("/grounds/ordered_on", "2026-12-01"),
    ("/grounds/ordered_on", "yesterday"),
    ("/grounds/ends_on", "2026-11-22"),
    ("/grounds/ends_on", "9999-12-31"),
    ("/grounds/ends_on", 1790000000),
    ("/prisoner", GONE),
    ("/prisoner/name", ""),
    ("/prisoner/number", "A123BC"),
    ("/prisoner/date_of_birth", "2026-11-24"),
    ("/prisoner/date_of_birth", "1890-01-01"),
    ("/prisoner/date_of_birth", 0),
    ("/prisoner/believed_prison", "Azkaban"),
    ("/protected_people", []),
    ("/protected_people", "Jane"),
    ("/protected_people/0/name", None),
    ("/protected_people/0/phones/0", "07700 900abc"),
    ("/protected_people/0/phones", ["07700 900123"] * 51),
    ("/protected_people/0/addresses/0/postcode", "LS1"),
    ("/protected_people/0/addresses/0/lines", []),
    ("/protected_people/0/emails", ["@"]),
    ("/protected_people", [{"name": "Jane", "emails": ["jane@example.org"]}] * 21),
    ("/protected_people/0/addresses/0/lines", ["x"] * 11),
    ("/protected_people/0/addresses/0/lines/0", " "),
    ("/protected_people/0/other_names/0", "?"),
    ("/cps_urn", "---"),
    ("/cps_urn", "1" * 51),
    ("/external_id", "x" * 201),
    ("/external_id", 7),
    ("/prisoner/name", "..."),
    ("/prisoner/name", "\u200b"),
    ("/prisoner/date_of_birth", "631152000"),
    ("/prisoner/believed_prison", "x" * 201),
    ("/grounds/court", "  "),
    ("/grounds/court", "\u200b"),
    ("/grounds/rationale", "x" * 9),
    ("/grounds/rationale", "because" + " " * 20),
    ("/grounds/rationale", "x" * 10_001),
    ("/grounds/ends_on", "2026-09-30"),
    ("/grounds/ordered_on", "2026-10-01T00:00:00"),
    ("/requester/safe_to_contact", 7),
    ("/requester/safe_to_contact", {"not_before": 900}),
    ("/requester/safe_to_contact", {"not_before": "09:00+05:00"}),
    ("/requester/safe_to_contact", {"not_after": "25:00"}),
    ("/requester/safe_to_contact", {"no_voicemail": "perhaps"}),
]


@pytest.mark.parametrize(("path", "value"), FAULTS)
def test_r2_r3_r36_each_fault_is_found_where_it_is(path: str, value: Any) -> None:
    found = pointers(spoilt(path, value))
    assert any(pointer.startswith(path) for pointer in found), found


INDEPENDENT = [
    ("/requester/role", "wizard"),
    ("/requester/email", "nonsense"),
    ("/grounds/rationale", "because"),
    ("/grounds/court", ""),
    ("/grounds/ends_on", "2026-11-22"),
    ("/prisoner/number", "123"),
    ("/prisoner/believed_prison", "Azkaban"),
    ("/protected_people/0/phones/0", "no number"),
    ("/protected_people/0/addresses/0/postcode", "nowhere"),
]


@given(st.sets(st.sampled_from(INDEPENDENT), min_size=1))
def test_r3_any_set_of_faults_is_reported_whole(faults: set[tuple[str, Any]]) -> None:
    body = forms.request()
    for path, value in faults:
        put(body, path, value)
    assert set(pointers(body)) == {path for path, _ in faults}


def test_r2_a_requester_needs_a_way_to_be_reached_and_each_person_a_contact_point() -> None:
    body = forms.request()
    body["requester"] |= {"email": None, "preferred_contact": None}
    body["protected_people"].append({"name": "Another"})
    assert pointers(body) == ["/protected_people/1", "/requester"]


@pytest.mark.parametrize(
    "name",
    [
        "Jane 07700 900123",
        "Jane +44 113 496 0123",
        "jane@example.org",
        "Jane https://example.org",
        "WWW.example",
        "Jane.example.com",
    ],
)
def test_r16_a_name_that_the_prisoner_is_told_is_nothing_but_a_name(name: str) -> None:
    assert pointers(spoilt("/protected_people/0/name", name)) == ["/protected_people/0/name"]
    assert pointers(spoilt("/requester/safe_to_contact", {"subject_alias": name})) == [
        "/requester/safe_to_contact/subject_alias"
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Jane St.John-Smith",
        "J.R.R. Example",
        "Kumar s/o Rajan",
        "Ahmad @ Mohd Ali",
        "Jane Example 3rd",
        "Jane 5f0e9a7700900123b",
    ],
)
def test_r9_names_with_dots_strokes_and_figures_are_names(name: str) -> None:
    assert pointers(spoilt("/protected_people/0/name", name)) == []


@pytest.mark.parametrize(
    ("name", "fits"), [("가" * 200, True), ("Muhammad ﷺ Example", True), ("ﷺ" * 50, False), ("a" * 201, False)]
)
def test_r9_a_name_in_any_script_may_be_long_but_not_grow_when_it_is_compared(name: str, fits: bool) -> None:
    assert (pointers(spoilt("/prisoner/name", name)) == []) == fits


@pytest.mark.parametrize("blank", ["", "  ", "\u200b", "\t\n"])
def test_r2_what_is_left_blank_is_left_out(blank: str) -> None:
    body = forms.least()
    body["requester"] |= {"phone": blank, "email": blank, "safe_to_contact": blank}
    assert pointers(body) == ["/requester"]
    body["requester"] |= {"phone": "07700 900123", "safe_to_contact": {"notes": blank, "not_before": blank}}
    assert pointers(body) == []


def test_r2_a_form_is_not_larger_in_all_than_what_can_be_passed_on() -> None:
    address = {"lines": ["x" * 50] * 10}
    body = forms.request(protected_people=[{"name": "Jane", "addresses": [address] * 50} for _ in range(12)])
    assert pointers(body) == [""]
    assert pointers(body | {"protected_people": body["protected_people"][:2]}) == []


def test_r42_letters_in_a_fault_are_never_those_that_were_sent() -> None:
    secret = "Zoë Müller 07700 900999"
    said = [fault.fault for path, _ in [*FAULTS, *SOME] for fault in check_request(spoilt(path, secret), NOW)[1]]
    assert said
    assert not any(word in fault for fault in said for word in secret.split())


SOME = [("/requester/safe_to_contact", None), ("/requester", None), ("/requester/address", None)]


@pytest.mark.parametrize("kind", ["self", "given"])
def test_r3_with_consent_no_grounds_are_needed(kind: str) -> None:
    assert pointers(forms.request(consent=kind, grounds=None)) == []


def test_r46_an_order_that_ends_today_is_in_force_today() -> None:
    assert pointers(spoilt("/grounds/ends_on", "2026-11-23")) == []
    assert pointers(spoilt("/grounds/ends_on", "2026-11-22")) == ["/grounds/ends_on"]


def test_r3_an_order_that_ends_before_it_is_made_is_wrong_at_both_ends() -> None:
    body = spoilt("/grounds/ordered_on", "2026-12-10")
    body["grounds"]["ends_on"] = "2026-12-01"
    assert pointers(body) == ["/grounds/ends_on", "/grounds/ordered_on"]


def test_r3_safeguarding_needs_no_court() -> None:
    grounds = {"kind": "safeguarding", "rationale": "She is being coerced by him and his family"}
    assert pointers(forms.request(grounds=grounds)) == []


def test_r42_no_fault_repeats_what_was_sent() -> None:
    for path, value in FAULTS:
        body = spoilt(path, value)
        said = json.dumps([fault.model_dump() for fault in check_request(body, NOW)[1]])
        if isinstance(value, str) and len(value.strip()) > 3 and path != "/requester/preferred_contact":
            assert value not in said


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O’Neill-Brontë",
        "محمد علي",
        "王小明",
        "Ιωάννης",
        "Ng",
        "X Æ A-12",
        "ශ්\u200dරී",
        "علی\u200cرضا",
        "  Jane \t\n Example ",
    ],
)
def test_names_in_any_script_survive_on_one_line(name: str) -> None:
    form, faults = check_request(spoilt("/protected_people/0/name", name), NOW)
    assert faults == ()
    assert form is not None
    assert form.protected_people[0].name == " ".join(name.split())


def test_a_form_is_100_kb_at_most_whatever_each_of_its_parts_may_be() -> None:
    """All of a prisoner's blocks are one document, and what is in force one record: few forms must not fill them."""
    names = [f"Jane {number:02} {'x' * 180}" for number in range(50)]
    people = [{"name": f"Jane {n}", "other_names": names, "phones": ["07700 900123"]} for n in range(20)]
    assert check_request(forms.request(protected_people=people[:9]), NOW)[1] == ()
    (fault,) = check_request(forms.request(protected_people=people), NOW)[1]
    assert (fault.pointer, fault.fault) == ("", "is too large in all: at most 100,000 bytes")


def test_what_cannot_be_seen_in_a_name_is_gone() -> None:
    form, _ = check_request(spoilt("/prisoner/name", "\u202eJane\u200b\u0000Exa\u00admple\u200d \u200c"), NOW)
    assert form is not None
    assert form.prisoner.name == "Jane Example"


def test_r26_how_to_be_safe_comes_as_words_or_fields() -> None:
    form, _ = check_request(spoilt("/requester/safe_to_contact", "not after 5, he reads her mail"), NOW)
    assert form is not None
    assert form.requester.safe_to_contact is not None
    assert form.requester.safe_to_contact.notes == "not after 5, he reads her mail"
    fields = {"not_before": "09:00", "not_after": "17:00", "no_voicemail": True, "subject_alias": "Your\r\norder"}
    form, _ = check_request(spoilt("/requester/safe_to_contact", fields), NOW)
    assert form is not None
    assert form.requester.safe_to_contact is not None
    assert form.requester.safe_to_contact.subject_alias == "Your order"


@given(
    st.lists(st.text(max_size=12).map(lambda text: f"{text} é{text}"), max_size=3),
    st.sampled_from(["07700 900123", "+44 (0)7700 900123", "0113 496 0123 ext 45", "00 33 1 99 00 12 34", "60777"]),
    st.sampled_from(["LEI", "hmp leeds", "Leeds", None]),
    st.text(max_size=12).map(lambda text: f"{text} safe"),
)
def test_what_is_complete_stays_as_it_is_when_checked_again(
    names: list[str], phone: str, prison: str | None, safe: str
) -> None:
    body = forms.request()
    body["prisoner"] |= {"believed_prison": prison, "number": "a 1234-bc"}
    body["requester"] |= {"safe_to_contact": safe, "phone": phone, "email": " Alex@Police.Example "}
    body["protected_people"][0] |= {"other_names": names, "phones": [phone]}
    form, faults = check_request(body, NOW)
    assert faults == ()
    assert form is not None
    assert form.prisoner.believed_prison == (prison and "LEI")
    again, faults = check_request(form.model_dump(mode="json"), NOW)
    assert faults == ()
    assert again == form


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
paths = st.sampled_from([path for path, _ in FAULTS])


@given(paths, json_values)
def test_whatever_stands_in_a_field_is_a_form_or_clear_faults(path: str, value: Any) -> None:
    form, faults = check_request(spoilt(path, value), NOW)
    assert form or faults
    assert all(fault.fault for fault in faults)
