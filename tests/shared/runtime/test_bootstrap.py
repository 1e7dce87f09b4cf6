from deploy.local import free_port
from shared.runtime.kafka import make_broker


async def test_of_several_bootstrap_servers_one_is_enough(kafka: str) -> None:
    async with make_broker(f"127.0.0.1:{free_port()},{kafka}", "test") as broker:
        await broker.start()

        assert await broker.ping(timeout=5)
