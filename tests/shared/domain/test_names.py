"""Names, however written (R9, R15)."""

import pytest
from hypothesis import given
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


@given(st.text(max_size=40))
def test_a_canonical_name_is_canonical(text: str) -> None:
    assert canonical_name(canonical_name(text)) == canonical_name(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_has_no_direction(one: str, other: str) -> None:
    assert same_name(one, other) == same_name(other, one)
    assert similar_name(one, other) == similar_name(other, one)
