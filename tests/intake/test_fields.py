"""How the form's fields read what people write."""

import pytest

from shared.pages.fields import Clock, Day, DayAndClock, Field, LongText, Rows, with_another_row, without_row
from shared.pages.usual import address

BORN = Day("born", "", "")
AT = Clock("at", "", "")
WHEN = DayAndClock("when", "", "")
PHONES = Rows("phones", "", "", of=Field("phone", "", ""), another="")
ADDRESSES = Rows("addresses", "", "", of=address("address", ""), another="")


@pytest.mark.parametrize(
    ("day", "month", "year", "read"),
    [
        ("31", "1", "1990", "1990-01-31"),
        (" 1 ", "12", "2001", "2001-12-01"),
        ("1", "January", "1990", "1990-01-01"),
        ("1", "sept", "1990", "1990-09-01"),
        ("1", "Ionawr", "1990", "1990-01-01"),
        ("1", "TACHWEDD", "1990", "1990-11-01"),
        ("", "", "", None),
    ],
)
def test_a_date_is_read_from_its_parts(day: str, month: str, year: str, read: str | None) -> None:
    assert BORN.read({"born-day": day, "born-month": month, "born-year": year}) == read
    assert BORN.read(BORN.show(read)) == read


@pytest.mark.parametrize(
    ("day", "month", "year", "missing"),
    [("31", "", "1990", "month"), ("", "1", "1990", "day"), ("1", "1", "", "year"), ("1", "1", "1990", None)],
)
def test_what_is_missing_in_a_date_is_said(day: str, month: str, year: str, missing: str | None) -> None:
    found = BORN.missing({"born-day": day, "born-month": month, "born-year": year})
    assert (found and found[0]) == (missing and f"born-{missing}")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9am", "09:00"),
        ("9 AM", "09:00"),
        ("9:30pm", "21:30"),
        ("9.30pm", "21:30"),
        ("12am", "00:00"),
        ("12:15 pm", "12:15"),
        ("5yh", "17:00"),
        ("midday", "12:00"),
        ("Hanner nos", "00:00"),
        ("17:45", "17:45"),
        ("08.05", "08:05"),
        ("", None),
    ],
)
def test_a_time_of_day_is_read_however_it_is_written(written: str, read: str | None) -> None:
    assert AT.read({"at": written}) == read


@pytest.mark.parametrize("written", ["5", "12", "5:30", "13pm", "evening", "1730", "9am to 5pm"])
def test_a_time_that_could_be_morning_or_evening_is_not_guessed(written: str) -> None:
    assert AT.read({"at": written}) not in (None, "05:00", "12:00", "05:30")
    assert "?" in AT.read({"at": written})


def test_when_something_happened_needs_day_and_time() -> None:
    entries = {"when-day": "22", "when-month": "11", "when-year": "2026", "when-time": "9:40pm"}
    assert WHEN.read(entries) == "2026-11-22T21:40"
    assert WHEN.read(WHEN.show("2026-11-22T21:40")) == "2026-11-22T21:40"
    assert WHEN.missing(entries | {"when-time": ""}) == ("when-time", "%(what)s must include a time")
    assert WHEN.read({}) is None


def test_rows_that_are_empty_count_for_nothing_and_the_others_keep_their_order() -> None:
    entries = {"phones-0": "1", "phones-1": " ", "phones-2": "3", "phones-x": "no", "phones-12345": "no"}
    assert PHONES.read(entries) == ["1", "3"]
    assert PHONES.kept(entries) == {"phones-0": "1", "phones-1": "3"}
    assert PHONES.read({}) is None
    assert PHONES.show(None) == {"phones-0": ""}
    assert with_another_row(PHONES, entries) == {"phones-0": "1", "phones-1": "3", "phones-2": ""}
    assert without_row(PHONES, entries, 0) == {"phones-0": "3"}
    assert without_row(PHONES, {"phones-0": "1"}, 0) == {"phones-0": ""}


def test_an_address_is_read_and_shown_in_its_parts() -> None:
    entries = {"addresses-0-line2": "High Street", "addresses-0-town": "Leeds", "addresses-1-postcode": "LS1 1AA"}
    value = [{"lines": ["High Street"], "town": "Leeds"}, {"lines": [], "postcode": "LS1 1AA"}]
    assert ADDRESSES.read(entries) == value
    assert ADDRESSES.show(value)["addresses-0-line1"] == "High Street"


def test_lines_of_a_longer_text_are_kept() -> None:
    assert LongText("what", "", "").read({"what": " one\r\n\r\ntwo "}) == "one\n\ntwo"
