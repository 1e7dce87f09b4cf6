"""Prisons that go by the list alone: who holds a block, and for how long (R19, R20, R40)."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.blocks import BlockListChanged
from tests.blocking.given import START, World, ack, decision, implemented, moved, routed

PRISONS = ("LEI", "MDI", "BXI")
steps = st.lists(st.sampled_from([*PRISONS, "authorise", "withdraw", "acknowledge", "acknowledge late"]), max_size=20)


class Prisons:
    """The one that the newest list is for puts it in force and says so when it likes; those that hold it too, at once.

    Whom it does not name has nothing left.
    """

    def __init__(self, world: World) -> None:
        self.world, self.has, self.ever = world, dict[str, set[str]](), set[str]()
        self._enforce(self.newest)

    @property
    def lists(self) -> list[BlockListChanged]:
        return self.world.of(BlockListChanged)

    @property
    def newest(self) -> BlockListChanged:
        return self.lists[-1]

    def acknowledge(self, late: bool) -> None:
        """The newest list, or the one before it where that came to the same prison: phones are slower than Kafka."""
        chosen = self.lists[-2] if late and len(self.lists) > 1 else self.newest
        if chosen.prison_id == self.newest.prison_id:
            self._enforce(chosen)
            self.world.on(ack(chosen.version, chosen.prison_id))

    def read(self) -> None:
        listed, others = {block.block_id for block in self.newest.blocks}, self.newest.also_held_by
        self.has = {prison: blocks & listed for prison, blocks in self.has.items() if prison == self.newest.prison_id}
        self.has |= dict.fromkeys(others, listed)
        self.ever |= listed if others else set()

    def _enforce(self, changed: BlockListChanged) -> None:
        blocks = {block.block_id for block in changed.blocks}
        self.has[changed.prison_id] = self.has.get(changed.prison_id, set()) | blocks
        self.ever |= blocks


def take(prisons: Prisons, step: str, hour: int) -> None:
    world, request, here = prisons.world, f"more-{hour}", prisons.newest.prison_id
    if step == "authorise":
        world.on(routed(request=request), decision("authorise", request_id=request, prison_id=here))
    elif step == "withdraw":
        for block in prisons.newest.blocks[:1]:
            world.on(decision("withdraw", block_id=block.block_id, request_id=None, prison_id=here))
    elif step.startswith("acknowledge"):
        prisons.acknowledge(late=step.endswith("late"))
    else:
        world.on(moved("received", START + timedelta(hours=hour), step))


@given(steps)
@settings(max_examples=300)
def test_r40_a_block_that_was_in_force_is_always_in_force_somewhere_and_nowhere_longer_than_needed(
    history: list[str],
) -> None:
    prisons = Prisons(implemented())
    for hour, step in enumerate(history, 1):
        take(prisons, step, hour)
        prisons.read()
        listed = {block.block_id for block in prisons.newest.blocks}
        assert prisons.ever & listed <= set[str]().union(*prisons.has.values())
        if step == "acknowledge":
            assert prisons.newest.also_held_by == ()
