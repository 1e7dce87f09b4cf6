"""Whatever comes, in whatever order, twice or late: the list is the union of what is in force, and is held."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events.blocks import BlockImplemented, BlockListChanged
from shared.events.envelope import Event
from shared.events.inbound import BlockListAcknowledged
from shared.runtime.work import NotYet, Rejected
from tests.blocking.given import JOHN, START, World, ack, contact, decision, merge, moved, review, routed

KEPT = "B2345CD"
NUMBERS, PRISONS, REQUESTS = (JOHN, KEPT), ("LEI", "MDI", "BXI"), ("req-1", "req-2", "req-3")
PEOPLE: dict[str, dict[str, Any]] = {
    "req-1": {"name": "Jane Example", "phones": ["+447700900123"]},
    "req-2": {"name": "Jane Example", "phones": ["+447700900123"]},
    "req-3": {"name": "Mary Other", "phones": ["+447700900456"]},
}
number, request = st.sampled_from(NUMBERS), st.sampled_from(REQUESTS)
minutes = st.integers(0, 600).map(lambda after: START + timedelta(minutes=after))

decisions = st.builds(
    lambda outcome, about, of: decision(outcome, request_id=about, prisoner_number=of, reason="Because."),
    st.sampled_from(["authorise", "authorise", "refuse", "withdraw", "ask_for_more"]), request, number,
)  # fmt: skip
ends = st.builds(lambda about, of: review("end", f"{about}/0", request_id=about, prisoner_number=of), request, number)
receptions = st.builds(
    lambda at, prison, of: moved("received", at, prison, number=of), minutes, st.sampled_from(PRISONS), number
)
releases = st.builds(
    lambda at, of, code: moved("released", at, "LEI", number=of, nomisMovementReasonCode=code),
    minutes, number, st.sampled_from([None, None, "MRG", "UAL"]),
)  # fmt: skip
merges = st.just(merge(KEPT, JOHN))
contacts = st.builds(
    lambda change, phone, kind, of: contact(change, number=of, phones=[phone], kind=kind, contact_id=kind),
    st.sampled_from(["requested", "added"]), st.sampled_from(["07700900123", "0044 7700 900456"]),
    st.sampled_from(["social", "legal"]), number,
)  # fmt: skip
acks = st.builds(
    lambda version, prison, of: ack(version, prison, prisoner_number=of),
    st.integers(1, 6),
    st.sampled_from(PRISONS),
    number,
)
pauses = st.sampled_from([10, 60, 3000])
histories = st.lists(st.one_of(decisions, ends, receptions, releases, merges, contacts, acks, pauses), max_size=25)


@dataclass
class Model:
    """What should be in force: for each request, by the words of the rules alone."""

    decided: dict[str, str] = field(default_factory=dict)

    def take(self, event: Event, held: set[str]) -> None:
        said: Any = event
        if event.TYPE == "upc.review.decided" and said.request_id in held:
            self._step(said.block_id.split("/")[0], "ended", {"authorised"})
        if event.TYPE == "upc.inbound.prison-decision" and said.request_id in held:
            goal, possible = {
                "authorise": ("authorised", {"", "refused"}),
                "refuse": ("refused", {""}),
                "withdraw": ("lifted", {"", "authorised"}),
                "ask_for_more": ("", {""}),
            }[said.outcome]
            self._step(said.request_id, goal, possible)

    def _step(self, request_id: str, goal: str, possible: set[str]) -> None:
        if self.decided.get(request_id, "") in possible:
            self.decided[request_id] = goal

    def in_force(self, requests: set[str]) -> set[str]:
        return {f"{key}/0" for key in requests if self.decided.get(key) == "authorised"}


def play(history: list[Any]) -> tuple[World, Model]:
    """Two requests under one number and one under the other; then what happens, whatever of it is set aside.

    Prisons acknowledge when they do it: what they say of a time before the list counts for nothing.
    """
    world, model = World(), Model()
    for request_id, of in zip(REQUESTS, (JOHN, KEPT, KEPT), strict=True):
        world.on(routed(PEOPLE[request_id], request=request_id, prisoner_number=of))
    for step in history:
        if isinstance(step, int):
            world.wait(minutes=step)
            continue
        if isinstance(step, BlockListAcknowledged):
            step = step.model_copy(update={"at": world.now})
        state = world.under(step.prisoner_number)
        model.take(step, {block.request_id for block in state.blocks.values()} if state else set())
        with suppress(Rejected, NotYet):
            world.on(step)
        check(world, model)
    return world, model


def check(world: World, model: Model) -> None:
    for of in NUMBERS:
        state, changed = world.prisoner(of), world.block_list(of)
        if state is None or state.merged_into:
            continue
        expected = set() if state.out_since else model.in_force({block.request_id for block in state.blocks.values()})
        assert {block.block_id for block in changed.blocks} == expected if changed else not expected


@given(histories)
@settings(max_examples=300)
def test_r17_the_list_is_always_exactly_the_union_of_what_is_authorised_and_not_lifted_or_ended(
    history: list[Any],
) -> None:
    play(history)


@given(histories)
def test_r13_versions_grow_by_one_and_every_one_names_a_prison(history: list[Any]) -> None:
    world, _ = play(history)
    for of in NUMBERS:
        lists = [said for said in world.of(BlockListChanged) if said.prisoner_number == of]
        assert [said.version for said in lists] == list(range(1, len(lists) + 1))
        assert all(said.prison_id not in said.also_held_by for said in lists)


@given(histories)
def test_r40_once_implemented_a_block_is_never_without_a_prison_that_confirmed_it(history: list[Any]) -> None:
    """Followed record by record: who confirmed a block holds it while the list names them."""
    world, _ = play(history)
    holders: dict[str, set[str]] = {}
    for said in world.said:
        if isinstance(said, BlockImplemented):
            holders.setdefault(said.block_id, set()).add(said.prison_id)
        if isinstance(said, BlockListChanged) and not said.merged_into:
            named = {said.prison_id, *said.also_held_by}
            for block in said.blocks:
                if block.block_id in holders and _was_listed(world, said, block.block_id):
                    assert holders[block.block_id] & named


def _was_listed(world: World, changed: BlockListChanged, block_id: str) -> bool:
    """Whether this number's version before had the block too: it did not come back from a release, or by a merge."""
    lists = [said for said in world.of(BlockListChanged) if said.prisoner_number == changed.prisoner_number]
    before = lists[changed.version - 2].blocks if changed.version > 1 else ()
    return block_id in {block.block_id for block in before}


@given(histories)
def test_r40_a_prison_that_a_prisoner_left_is_named_until_the_new_one_has_confirmed_all_and_no_longer(
    history: list[Any],
) -> None:
    world, _ = play(history)
    for of in NUMBERS:
        state, changed = world.prisoner(of), world.block_list(of)
        if state and changed and state.all_confirmed and not state.merged_into:
            assert changed.also_held_by == ()


@given(histories)
def test_r13_a_block_is_implemented_once_for_each_prison_however_often_it_is_said(history: list[Any]) -> None:
    """And once more after a release that has settled, when the list was empty (R23)."""
    world, _ = play(history + history)
    since = set[tuple[str, str]]()
    for event in world.said:
        if isinstance(event, BlockListChanged) and not event.blocks and not event.merged_into:
            since = set()
        if isinstance(event, BlockImplemented):
            assert (event.block_id, event.prison_id) not in since
            since.add((event.block_id, event.prison_id))


@given(histories)
def test_r15_no_social_contact_with_a_blocked_number_is_ever_left_on_the_list_and_legal_ones_survive(
    history: list[Any],
) -> None:
    world, _ = play(history)
    for of in NUMBERS:
        state = world.prisoner(of)
        if state is None or state.merged_into:
            continue
        blocked = {phone for block in state.in_force for phone in block.person.phones}
        for contact_id, kept in state.contacts.items():
            phones = {"07700900123": "+447700900123", "0044 7700 900456": "+447700900456"}
            assert contact_id == "legal" or kept.who is None or phones[kept.who.phones[0]] not in blocked
            assert contact_id != "legal" or kept.outcome == "listed"


@given(st.lists(st.one_of(receptions, releases), max_size=6, unique_by=lambda event: event.occurredAt), st.randoms())
def test_r25_movements_in_any_order_end_in_the_same_place(movements: list[Any], shuffled: Any) -> None:
    def end(order: list[Any]) -> tuple[str | None, bool]:
        world = World()
        world.on(routed(), decision("authorise"), *order)
        world.wait(days=1)
        state = world.prisoner()
        assert state is not None
        return state.prison_id, state.out_since is None

    mine = [event for event in movements if event.prisoner_number == JOHN]
    mixed = list(mine)
    shuffled.shuffle(mixed)
    assert end(mine) == end(mixed)
