"""Known mistakes, planted on purpose: the simulation has to notice each of them (docs/reliability.md)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock

from services.blocking import app as blocking
from services.blocking import handlers as blocks
from services.blocking.domain import lists, movements
from services.notifications import handlers as messages
from services.routing import handlers as routing
from shared.runtime.audit.deeds import Deed
from shared.runtime.core import Core
from shared.runtime.documents import Batch, Outgoing
from shared.runtime.items import Item
from shared.runtime.pipeline import Pipeline
from shared.runtime.store import Store
from shared.runtime.work import Loaded, Needs, Ref, Stored

Planted = Callable[[], AbstractContextManager[Any]]


def _instead(owner: object, name: str, what: Callable[..., Any]) -> Planted:
    return lambda: mock.patch.object(owner, name, what)


async def _without_inbox(store: Store, batch: Batch) -> Outgoing:
    return await _save(store, replace(batch, taken=[]))


async def _whatever_version(store: Store, batch: Batch) -> Outgoing:
    return await _save(store, replace(batch, stored=await _standing(store, batch.changed), recalled=frozenset()))


async def _as_recalled(store: Store, batch: Batch) -> Outgoing:
    stored = {**batch.stored, **await _standing(store, batch.recalled)}
    return await _save(store, replace(batch, stored=stored, recalled=frozenset()))


async def _standing(store: Store, refs: Iterable[Ref]) -> Mapping[Ref, Stored]:
    now = Loaded()
    await store.load(Needs({*refs}), now)
    return now.stored


async def _nothing_left_over(_: Store) -> list[Outgoing]:
    return []


async def _nothing(*_: object) -> None:
    return None


def _forgotten(*_: object) -> None:
    return None


def _last_heard_wins(state: Any, prison_id: str, at: Any) -> Any:
    return state.but(prison_id=prison_id, prison_as_of=at, release=None, out_since=None)


@contextmanager
def _publish_before_saving() -> Iterator[None]:
    save_once = Core._save_once

    async def publish_first(core: Core, items: Any, letters: Any, ahead: Batch | None = None) -> None:
        batch = ahead or await core._decide(items, letters)
        await core._publisher.publish(batch.outgoing)
        await save_once(core, items, letters, ahead)

    with mock.patch.object(Core, "_save_once", publish_first):
        yield


@contextmanager
def _commit_before_saving() -> Iterator[None]:
    take = Pipeline.take

    async def commit_first(pipeline: Pipeline, records: Any) -> None:
        await pipeline._commit({(record.topic, record.partition): record.offset + 1 for record in records})
        await take(pipeline, records)

    with mock.patch.object(Pipeline, "take", commit_first):
        yield


@contextmanager
def _forget_merges() -> Iterator[None]:
    with mock.patch.object(blocks, "merged", _forgotten), mock.patch.object(routing, "merged", _forgotten):
        yield


def _silent_timers(item: Item, now: datetime) -> Deed | None:
    return None if item.name.startswith("due/") else _deed(item, now)


_save, _deed = Store.save, Item.deed

BUGS: Mapping[str, Planted] = {
    "drop the inbox": _instead(Store, "save", _without_inbox),
    "publish before saving": _publish_before_saving,
    "commit offsets before saving": _commit_before_saving,
    "forget what was not published": _instead(Store, "pending", _nothing_left_over),
    "ignore the version": _instead(Store, "save", _whatever_version),
    "believe what is recalled": _instead(Store, "save", _as_recalled),
    "let nobody else go first": _instead(Core, "_let_others_go_first", _nothing),
    "leave an old list last": _instead(blocking, "publish_again", _nothing),
    "forget merges": _forget_merges,
    "let a late movement win": _instead(movements, "received", _last_heard_wins),
    "let go of a block at a movement": _instead(lists, "_also_held_by", lambda _: ()),
    "record no timers": _instead(Item, "deed", _silent_timers),
    "send again what may have been sent": _instead(messages, "hand_over", lambda message, _: message),
}

RARE = {"leave an old list last", "let nobody else go first"}
"""Noticed by one seed in some hundreds; `tests/blocking` and `tests/shared/runtime/test_core.py` have them on the real Kafka."""
