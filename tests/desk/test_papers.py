"""What is printed says each name as it is written, in whichever script."""

import io

import pytest
from pypdf import PdfReader

from services.desk import papers
from tests.desk.given import JOHN, LEEDS
from tests.support.world import START


@pytest.mark.parametrize("name", ["Łucja Nguyễn-O’Hŵel", "Zoe\u0308 D\u2019Été", "Ольга Пример", "Λένα Smith"])
def test_r16_a_notice_names_the_person_in_letters_that_it_has(name: str, caplog: pytest.LogCaptureFixture) -> None:
    made = papers.notice(JOHN, LEEDS, name, START)
    assert name in PdfReader(io.BytesIO(made)).pages[0].extract_text()
    assert not caplog.records, "a letter is missing"


def test_a_face_of_latin_letters_alone_has_the_same_ones_in_bold() -> None:
    plain, bold = (papers._letters(f"{name}{papers.LATIN}") for name in (papers.PLAIN, papers.BOLD))
    assert plain == bold
    assert plain < papers._letters(papers.PLAIN)
