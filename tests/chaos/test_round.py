from functools import partial
from pathlib import Path
from random import Random
from time import monotonic

from chaos.director import Director
from chaos.faults import Fault, kill_service
from chaos.parts import Parts
from deploy.local.keycloak import Identity


async def test_r5_nothing_is_lost_or_twice_where_routing_is_killed_under_load(
    tmp_path: Path, identity: Identity
) -> None:
    kill = Fault("kill routing", "routing", partial(kill_service, service="routing"), sets=1)
    async with Parts(tmp_path, say=lambda _: None, size=1, identity=identity) as parts:
        await parts.grow(1)
        director = Director(parts, Random(1), rate=3, say=lambda _: None, mixed_at_least=0)

        found = await director.play([kill], until=monotonic())

    assert found == []
    assert director.rows["kill routing"].recovered[0] < 60
    assert len(director.books.asks) > 12
