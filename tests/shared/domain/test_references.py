"""References that can be read out on the telephone (R4)."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.references import ALPHABET, canonical_reference, reference_for

references = st.uuids().map(lambda request: reference_for(str(request)))


def symbols(reference: str) -> str:
    return reference.removeprefix("UPC-").replace("-", "")


@given(references)
def test_r4_a_reference_has_no_symbols_that_sound_or_look_alike(reference: str) -> None:
    assert set(symbols(reference)) <= set(ALPHABET)
    assert not set("0O1IL") & set(ALPHABET)
    assert len(symbols(reference)) == 10


@given(references, st.sampled_from([str.lower, str.upper, lambda text: text.replace("-", " "), symbols]))
def test_r4_a_reference_is_known_however_it_is_typed(reference: str, spell: object) -> None:
    assert canonical_reference(spell(reference)) == reference  # type: ignore[operator]


@given(references, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_r4_one_wrong_symbol_shows(reference: str, place: int, wrong: str) -> None:
    right = symbols(reference)
    spoilt = right[:place] + wrong + right[place + 1 :]
    assert (canonical_reference(spoilt) == reference) == (spoilt == right)


@given(references, st.integers(0, 8))
def test_r4_two_neighbours_that_changed_places_show(reference: str, place: int) -> None:
    right = symbols(reference)
    spoilt = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert canonical_reference(spoilt) == (reference if spoilt == right else None)


@given(st.text(max_size=20))
def test_any_text_is_a_reference_or_not(text: str) -> None:
    assert canonical_reference(text) in (None, canonical_reference(canonical_reference(text) or text))


def test_r4_the_next_attempt_is_another_reference_and_the_same_attempt_the_same() -> None:
    assert len({reference_for("a", attempt) for attempt in range(50)}) == 50
    assert reference_for("a") == reference_for("a", 0)
