"""Names, however written (R9, R15)."""

import unicodedata
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.names import canonical_name, same_name, similar_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Example", "JANE EXAMPLE"),
        ("Jane Example", "Example, Jane"),
        ("Mrs. Jane Example", "jane  example"),
        ("Zoë Brontë", "Zoe Bronte"),
        ("O’Neill, Siân", "Sian O'Neill"),
        ("Anne-Marie Smith", "Anne Marie Smith"),
        ("Ιωάννης Παπαδόπουλος", "ΙΩΑΝΝΗΣ ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("محمد علي", "محمد علي"),
        ("王 小明", "小明 王"),
        ("Nguyễn Văn Hoà", "NGUYEN VAN HOA"),
        ("Zażółć Gęś", "zazołc ges"),
        ("Llŷr ap Siôn, Ŵyn", "Wyn Llyr ap Sion"),
        ("O´Neill", "O’Neill"),
        ("शर्मा, मीना", "मीना शर्मा"),
        ("ज़ारा", "ज़ारा"),
        ("பொன்னி", "ப" + "ொ" + "ன்னி"),
        ("مُحَمَّد عَلِيّ", "محمد علي"),
        ("محـــمد", "محمد"),
        ("علی‌رضا", "علیرضا"),
        ("מֹשֶׁה כֹּהֵן", "משה כהן"),
        ("❤️ Jane 1️⃣", "Jane 1"),
        ("Ja\u00adne\u200b Example", "Jane Example"),
    ],
)
def test_r15_the_same_name_however_written(one: str, other: str) -> None:
    assert same_name(one, other)
    assert similar_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Example", "Jane Exampel"),
        ("Jane Example", "Jane Ann Example"),
        ("Kate Smith", "Catherine Smith"),
        ("Bob Jones", "Robert Jones"),
        ("Stephen Clarke", "Steven Clark"),
        ("J Example", "Jane Example"),
        ("Mohammed Khan", "Muhammad Khan"),
        ("JaneExample", "Jane Example"),
    ],
)
def test_r15_a_similar_name_is_similar_and_not_the_same(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert similar_name(one, other)
    assert similar_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Example", "John Example"),
        ("Jane Example", "Jane Sample"),
        ("Jane Example", "Example"),
        ("Jane", "Jane Example"),
        ("Ann Lee", "Tim Lee"),
        ("", "Jane Example"),
        ("王 小明", "李 小红"),
    ],
)
def test_r15_sharing_one_name_is_not_similar(one: str, other: str) -> None:
    assert not similar_name(one, other)


OTHERS = (
    "मीना", "मोना", "मेना", "मना", "राम", "रमा", "किरण", "करण", "কমল", "কমলা", "মিতা", "মাতা", "রীনা", "রানা", "கமல்", "கமலா",
    "மணி", "மாணி", "สมชาย", "สมชัย", "มาลี", "มาลัย", "أحمد", "حمد", "علي", "عالي", "がく", "かく",
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [*combinations(OTHERS, 2)])
def test_r9_r15_another_vowel_sign_is_another_name(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(f"{one} Example", f"Example {other}")


@pytest.mark.parametrize("name", [*OTHERS, "मीना शर्मा", "ஸ்ரீ ராம்", "ক্ষিতীশ"])
def test_r15_a_name_in_any_script_keeps_every_letter_and_its_words(name: str) -> None:
    assert canonical_name(name) == unicodedata.normalize("NFC", name)
    assert len(canonical_name(f"{name}, Jane").split()) == len(name.split()) + 1


def test_r15_another_vowel_sign_in_a_long_name_is_put_to_a_person() -> None:
    assert similar_name("मीनाक्षी शर्मा", "मिनाक्षी शर्मा")


SIGNS = ["", "ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ौ", "ं", "्"]
devanagari = st.lists(st.tuples(st.sampled_from("कखगचजतदनपबमयरलवशसह"), st.sampled_from(SIGNS)), min_size=1).map(
    lambda syllables: "".join(letter + sign for letter, sign in syllables)
)


@given(devanagari, devanagari)
def test_r9_different_devanagari_names_stay_different(one: str, other: str) -> None:
    assume(one != other)
    assert canonical_name(one) == one
    assert not same_name(one, other)


LATIN = [chr(code) for code in range(0xC0, 0x1F00) if unicodedata.name(chr(code), "").startswith("LATIN SMALL")]


@given(st.text(LATIN, min_size=1))
def test_r15_latin_accents_are_folded(text: str) -> None:
    plain = "".join(symbol for symbol in unicodedata.normalize("NFKD", text) if not unicodedata.combining(symbol))
    assert canonical_name(text) == canonical_name(plain)
    assert not any(unicodedata.combining(symbol) for symbol in unicodedata.normalize("NFD", canonical_name(text)))


def test_r15_accents_of_latin_letters_are_folded_and_other_letters_stay() -> None:
    assert canonical_name("Nguyễn Văn Đức") == "nguyen van đuc"
    assert canonical_name("Świętosław Żółć") == "swietosław zołc"
    assert canonical_name("Siân Llŷr Ŵyn") == "sian llyr wyn"
    assert canonical_name("Zoë Brontë Müller Gruß") == "zoe bronte muller gruss"


@given(st.text(max_size=40))
def test_a_canonical_name_is_canonical(text: str) -> None:
    assert canonical_name(canonical_name(text)) == canonical_name(text)


@given(st.text(st.characters(categories=["L", "M", "P", "Cf", "Zs"]), max_size=40))
def test_a_canonical_name_of_letters_and_marks_is_canonical(text: str) -> None:
    assert canonical_name(canonical_name(text)) == canonical_name(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_has_no_direction(one: str, other: str) -> None:
    assert same_name(one, other) == same_name(other, one)
    assert similar_name(one, other) == similar_name(other, one)
