import asyncio

from deploy.local import free_port
from shared.events.contacts import SocialContactDecided
from shared.runtime.kafka import KafkaFollower, Producer, make_broker
from tests.support.outside import Outside
from tests.support.waiting import PATIENCE


async def test_of_several_bootstrap_servers_one_is_enough(kafka: str, party: Outside) -> None:
    servers = f"127.0.0.1:{free_port()},{kafka}"
    producer, broker = Producer(servers), make_broker(servers, "test")
    follower = KafkaFollower(broker, SocialContactDecided, lambda _: None, lambda _: None)
    try:
        await producer.start()
        await broker.start()
        async with asyncio.timeout(PATIENCE):
            while not follower.caught_up:
                await follower.catch_up()
                await asyncio.sleep(0.05)
    finally:
        await broker.stop()
        await producer.stop()
