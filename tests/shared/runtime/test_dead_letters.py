from shared.events import topics
from shared.events.envelope import Record
from shared.runtime import dead_letters


def test_a_letter_is_the_record_as_it_came_with_reason_and_place() -> None:
    letter = dead_letters.letter("intake", Record("upc.in", b"k", b"v", (("ce_id", b"1"),), 3, 14), "why")
    assert letter.topic == topics.dead_letters("intake").name
    assert (letter.key, letter.value, letter.headers[0]) == (b"k", b"v", ("ce_id", b"1"))
    assert dict(letter.headers)["dead-letter-from"] == b"upc.in/3/14"


def test_a_record_that_is_larger_than_any_letter_is_named_by_its_place() -> None:
    huge = Record("upc.in", b"k", b"x" * 2_000_000, (), 3, 14)
    letter = dead_letters.letter("intake", huge, "why")
    assert letter.size < 1000
    assert dict(letter.headers)["dead-letter-from"] == b"upc.in/3/14"
    assert dict(letter.headers)["dead-letter-left-out"] == b"2000001 bytes"
