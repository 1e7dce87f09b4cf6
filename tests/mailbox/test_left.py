"""What can't be taken in is tried again, and stands before nothing else (R4)."""

from services.mailbox.domain.left import MOST_AT_ONCE, RESTS_FOR, TRIES, Left

INBOX = [str(number) for number in range(1, 2 * MOST_AT_ONCE + 1)]


def test_a_full_look_of_mails_that_stay_does_not_hide_the_newer_ones() -> None:
    left = Left()
    first = left.to_try(INBOX)
    assert first == INBOX[:MOST_AT_ONCE]
    for number in first:
        left.failed(number)
    assert left.to_try(INBOX) == INBOX[MOST_AT_ONCE:]


def test_a_mail_that_ends_every_look_ends_the_next_one_behind_the_others_alone() -> None:
    left = Left()
    left.failed("1")
    assert left.to_try(["1", "2", "3"]) == ["2", "3", "1"]


def test_what_failed_three_times_rests_for_some_looks_and_shows_until_it_is_gone() -> None:
    left = Left()
    for _ in range(TRIES):
        assert not left.stuck
        assert left.to_try(["1"]) == ["1"]
        left.failed("1")
    looks = [left.to_try(["1"]) for _ in range(RESTS_FOR + 1)]
    assert looks == [*([[]] * RESTS_FOR), ["1"]]
    assert left.stuck
    left.failed("1")
    assert left.to_try(["1", "2"]) == ["2"]
    assert left.to_try(["2"]) == ["2"]
    assert not left.stuck
