from collections.abc import AsyncIterator

import pytest

from tests.support.guarded import Guarded, guarded_kafka


@pytest.fixture(scope="package")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Guarded]:
    """One broker for all of these tests: they ask, and put back what they change."""
    with guarded_kafka(tmp_path_factory.mktemp("guarded")) as kafka:
        await kafka.put_right()
        yield kafka
