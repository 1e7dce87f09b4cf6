"""Blocking: decisions of prisons become block lists, contacts are kept off, questions are answered (R12-R19)."""

from functools import partial

from services.blocking.domain.acknowledgements import OnTopic
from services.blocking.domain.lists import PublishAgain
from services.blocking.domain.picture import Picture
from services.blocking.domain.state import PrisonerBlocks
from services.blocking.handlers import DUE, HANDLERS, acknowledged
from services.blocking.mending import mending
from services.blocking.web import routes
from shared.events.blocks import BlockListChanged
from shared.events.inbound import BlockListAcknowledged
from shared.runtime import metrics
from shared.runtime.callers import paths
from shared.runtime.clock import Clock
from shared.runtime.ids import new_id
from shared.runtime.items import Handlers
from shared.runtime.platform import Platform
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def make(settings: Settings, clock: Clock | None = None, platform: Platform | None = None) -> Service:
    """The service, wired."""
    picture = Picture()

    def on_topic(number: str) -> OnTopic | None:
        return picture.highest(number) if follower.caught_up else None

    handle: Handlers = {**HANDLERS, BlockListAcknowledged: partial(acknowledged, on_topic)}
    service = Service("blocking", settings, [PrisonerBlocks], handle, DUE, clock, platform)
    follower = service.follow(BlockListChanged, picture.read, picture.apply)
    service.app.include_router(routes(service, picture, lambda: follower.caught_up))
    service.app.include_router(mending(service, picture, lambda: follower.caught_up))
    metrics.expect_faults(service.name, [path for path in paths(service.app) if path.endswith("/contact-check")])
    service.run_beside(partial(publish_again, service, picture))
    service.look_before_telling(partial(tell, picture))
    return service


async def publish_again(service: Service, picture: Picture) -> None:
    """An instance that stood still may wake and publish a list that was followed by another: the newest comes last (R20).

    Where the database went back to a backup, a list that takes nothing from anybody goes on from the version that prisons
    have; any other waits for a person (`upc reconcile`).
    """
    for number in sorted(picture.unmended):
        listed, last = picture.own_list(number), picture.inverted[number]
        newest = max(listed.version, last + 1) if listed else 0
        again = PublishAgain(prisoner_number=number, newest=newest, keeping=listed)
        await service.call_patiently(again, new_id(service.clock.now()))
        picture.unmended.discard(number)


async def tell(picture: Picture) -> None:
    """Lists whose last version prisons take for an older one, until a newer one is read."""
    metrics.LISTS_AHEAD.set(len(picture.inverted))
