from typing import cast

import pytest
import structlog

from shared.events import topics
from shared.events.envelope import Cause, Record
from shared.events.inbound import SocialContactChanged
from shared.runtime import dead_letters
from shared.runtime.incoming import Incoming
from shared.runtime.store import Store
from tests.shared.runtime.toy import changed
from tests.support.running import HandClock
from tests.support.world import START


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


def test_a_letter_goes_back_where_it_was_read_as_it_was() -> None:
    read = Record("upc.in", b"k", b"v", (("ce_id", b"1"),), 3, 14)
    assert dead_letters.again(dead_letters.letter("intake", read, "why")) == read
    again = dead_letters.again(dead_letters.letter("intake", read, "why", taken=True))
    assert again == read._replace(headers=(*read.headers, ("dead-letter-again", b"intake upc.in/3/14")))
    twice = dead_letters.again(dead_letters.letter("intake", again._replace(offset=20), "why", taken=True))
    assert twice.headers == (*read.headers, ("dead-letter-again", b"intake upc.in/3/20"))


def test_where_it_was_read_is_not_for_its_sender_to_say() -> None:
    forged = (("dead-letter-from", b"upc.inbound.prison-decisions.v1/0/0"), ("dead-letter-again", b"blocking x/0/0"))
    read = Record("upc.in", b"k", b"v", forged, 3, 14)
    assert dead_letters.again(dead_letters.letter("intake", read, "why")) == read._replace(headers=())


def test_one_that_is_only_named_goes_nowhere() -> None:
    huge = dead_letters.letter("intake", Record("upc.in", b"k", b"x" * 2_000_000, (), 3, 14), "why")
    with pytest.raises(ValueError, match="too large"):
        dead_letters.again(huge)


def test_what_is_sent_again_is_new_to_who_set_it_aside_and_to_nobody_else() -> None:
    again = Record("upc.in", b"k", b"v", (("dead-letter-again", b"intake upc.in/3/14"),))
    cause = Cause("urn:test", "1", START)
    assert dead_letters.as_sent_again("intake", again, cause) == cause._replace(id="1#upc.in/3/14")
    assert dead_letters.as_sent_again("routing", again, cause) == cause
    assert dead_letters.as_sent_again("intake", again._replace(headers=()), cause) == cause


def test_what_nobody_can_read_is_said_in_the_log_by_its_place_and_without_what_it_holds() -> None:
    clock = HandClock(START)
    incoming = Incoming("toy", {SocialContactChanged: changed}, {}, clock, cast(Store, None), clock)  # it reads none
    said = Record(SocialContactChanged.TOPIC.name, b"A1234BC", b'{"contact": "Jane Example"', (), 3, 14)
    with structlog.testing.capture_logs() as logs:
        (letter,) = incoming.read([said]).letters
    place, reason = letter.header("dead-letter-from"), letter.header("dead-letter-reason")
    assert logs == [{"event": "set aside", "log_level": "warning", "place": place, "reason": reason}]
