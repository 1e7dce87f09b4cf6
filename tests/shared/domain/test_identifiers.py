"""Identifiers of prisons, prisoners, probation and the CPS (R36), and the register of prisons."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.domain.emails import canonical_email
from shared.domain.identifiers import (
    Crn,
    PrisonerNumber,
    PrisonId,
    canonical_cps_urn,
    canonical_prisoner_number,
    cps_urn_doubts,
)
from shared.domain.prisons import PRISONS, find_prison, is_prison


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (PrisonerNumber, ["A1234BC"], ["a1234bc", "A1234B", "A12345C", " A1234BC", "A1234BCD", "A1234BC\n", "A١٢٣٤BC"]),
        (PrisonId, ["LEI", "STC2", "ZZGHI"], ["LE", "lei", "LEEDS PRISON", ""]),
        (Crn, ["X123456"], ["X12345", "1123456", "x123456"]),
    ],
)
def test_r36_identifiers(kind: Any, good: list[str], bad: list[str]) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert [adapter.validate_python(text) for text in good] == good
    for text in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_r36_prisoner_numbers_as_people_write_them() -> None:
    assert canonical_prisoner_number(" a1234 bc ") == "A1234BC"
    assert canonical_prisoner_number("A-1234-BC") == "A1234BC"
    assert canonical_prisoner_number("1234ABC") is None


def test_r36_a_cps_urn_is_stripped_and_only_warned_about() -> None:
    assert canonical_cps_urn("13/aa/12345 26") == "13AA1234526"
    assert cps_urn_doubts("13AA1234526") == []
    assert len(cps_urn_doubts("AA12345")) == 2


def test_every_prison_of_the_register_is_known_by_id_and_the_usual_names() -> None:
    assert len(PRISONS) == 173
    assert is_prison("ZZGHI")
    assert not is_prison("XXX")
    leeds = find_prison("hmp leeds")
    assert leeds is not None
    assert leeds.prison_id == "LEI"
    assert leeds.postal_address == ("HMP Leeds", "2 Gloucester Terrace", "Leeds", "West Yorkshire", "LS12 2TJ")
    assert find_prison("lei") == find_prison("Leeds") == find_prison("HMP & YOI Leeds") == leeds
    assert find_prison("Carchar Caerdydd") == PRISONS["CFI"]
    assert find_prison("nowhere") is None


def test_email_addresses() -> None:
    assert canonical_email(" Jane.Example+a@Example.ORG ") == "jane.example+a@example.org"
    for bad in (
        "jane",
        "jane@",
        "@example.org",
        "jane@localhost",
        "jane @example.org",
        "jane@example.org\nBcc: x@y.org",
    ):
        with pytest.raises(ValueError, match="is not an e-mail address"):
            canonical_email(bad)
