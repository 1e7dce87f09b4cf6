"""Reading out: what is there is found, and nothing is invented."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.mailbox.domain.plain import clean
from services.mailbox.domain.read_out import read_out
from shared.domain.phones import canonical_phone
from shared.domain.references import reference_for
from tests.mailbox.letters import mail, taken

WORDS = st.text(st.characters(whitelist_categories=("Lu", "Ll"), max_codepoint=0x17F), min_size=1, max_size=8)
AROUND = st.lists(WORDS, max_size=6).map(" ".join)
LETTER = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
MOBILE = st.integers(100_000, 999_999).map(lambda number: f"07700{number}")
PIECES = st.sampled_from(
    "A1234BC|07700 900123|+44 (0)7700 900124|UPC-|@|.|:|\n|Prisoner: |Name: |LS1 1AA|jane@example.org|00|-| |'".split(
        "|"
    )
)
MIXED = st.lists(PIECES | WORDS | st.text(max_size=5), max_size=30).map("".join)


def written(number: str, how: int) -> str:
    """A mobile number as people write it."""
    return (
        number,
        f"{number[:5]} {number[5:]}",
        f"{number[:5]}-{number[5:8]}-{number[8:]}",
        f"+44 {number[1:]}",
        f"+44 (0){number[1:5]} {number[5:]}",
        f"0044{number[1:]}",
    )[how]


@given(AROUND, MOBILE, st.integers(0, 5), AROUND, st.sampled_from([" ", "\n", ", ", ": ", " ("]))
def test_r44_a_number_with_words_around_it_is_found(before: str, number: str, how: int, after: str, gap: str) -> None:
    found = read_out("", f"{before}{gap}{written(number, how)} {after}", "").phones
    assert [canonical_phone(each) for each in found] == [f"+44{number[1:]}"]


NUMBER = st.builds("{}{:04}{}{}".format, LETTER, st.integers(0, 9999), LETTER, LETTER)


@given(AROUND, NUMBER, AROUND, st.sampled_from([" ", "\n", ", ", "("]))
def test_r36_a_prisoner_number_is_found(before: str, number: str, after: str, gap: str) -> None:
    assert read_out("", f"{before}{gap}{number}. {after}", "").prisoner_numbers == (number,)
    assert read_out(f"About {number.lower()}", "", "").prisoner_numbers == (number.lower(),)


@given(AROUND, st.uuids().map(str), st.sampled_from(["", "-", " "]))
def test_r4_our_reference_is_found_however_it_is_written_and_is_no_telephone_number(
    before: str, named: str, gap: str
) -> None:
    reference = reference_for(named)
    found = read_out(f"Re: Your request {reference.replace('-', gap)}", before, "")
    assert len(found.references) == 1
    assert found.phones == ()


@given(MIXED, MIXED)
@example("", "Prisoner: \n07700 900123")
def test_nothing_is_invented_each_value_stands_in_the_original(subject: str, text: str) -> None:
    subject, text = " ".join(clean(subject).split()), clean(text)
    found = read_out(subject, text, "")
    values = [found.prisoner_name, found.protected_name, found.name]
    for each in (found.prisoner_numbers, found.references, found.phones, found.emails, found.postcodes):
        values += each
    assert [value for value in values if value not in subject and value not in text] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Prisoner: John Example", "John Example"),
        ("The prisoner's name is: John O’Example", "John O’Example"),
        ("> Prisoner name = John Example ", "John Example"),
        ("Prisoner: please ring me, he is dangerous!", ""),
        ("Prisoner: 07700 900123", ""),
        ("Prisoner: is it so that he may ring me from there", ""),
        ("the prisoner John Example rang me", ""),
    ],
)
def test_a_name_is_read_out_where_a_label_says_whose_it_is(text: str, name: str) -> None:
    assert read_out("", f"Hello\n{text}\nBye", "").prisoner_name == name


def test_who_writes_is_named_by_the_mail_or_by_its_words() -> None:
    assert taken(mail("My name is: Eve Sample", sender="jane@example.org")).received.read_out.name == "Eve Sample"
    assert taken(mail("My name is: Eve Sample")).received.read_out.name == "Jane Example"


def test_dates_and_case_numbers_are_no_telephone_numbers() -> None:
    assert read_out("", "On 22/11/2026 at 21:40 (case 2026-001234, order 20261122) he rang 3 times", "").phones == ()
