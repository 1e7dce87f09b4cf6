from collections.abc import Sequence

import pytest

from shared.events.blocks import BlockListChanged
from shared.events.envelope import Record, to_record
from shared.runtime.clock import WallClock
from shared.runtime.follower import Follower

LIST = BlockListChanged(
    prisoner_number="A1234BC", prison_id="LEI", version=1, as_of=WallClock().now(), blocks=(), also_held_by=()
)
TOPIC = BlockListChanged.TOPIC.name


@pytest.mark.parametrize(("values", "taken"), [([None], 0), ([b"{"], 0), ([None, b"{", b"list"], 1)])
def test_a_picture_takes_what_it_can_read_and_lets_a_deleted_key_be(values: Sequence[bytes | None], taken: int) -> None:
    read, shown = list[BlockListChanged](), list[BlockListChanged]()
    follower = Follower(BlockListChanged, read.append, shown.append)
    real = to_record(LIST, "urn:upc:blocking", "1", LIST.as_of, "").value
    for value in values:
        record = Record(TOPIC, b"A1234BC", real if value == b"list" else value)
        follower.read(record)
        follower.show(record)
    assert (read, shown) == ([LIST] * taken, [LIST] * taken)
