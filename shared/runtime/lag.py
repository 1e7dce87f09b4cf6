"""How far one instance is behind on its topics: in records, and in seconds."""

from collections import deque
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.runtime.clock import Clock
from shared.runtime.pipeline import Places


class Lag:
    """Of a consumer whose records go through a pipeline in order. Kafka is asked nothing: what it said last counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._handled: dict[TopicPartition, int] = {}
        self._in_hand: deque[tuple[float, Mapping[TopicPartition, int]]] = deque()
        self._moved_on_at = self._now()

    def took(self, raw: Sequence[ConsumerRecord]) -> None:
        """These are to be handled next. A time of writing is its sender's word, and may be any number."""
        first = {(record.topic, record.partition): record.offset for record in reversed(raw)}
        last = {(record.topic, record.partition): record.offset for record in raw}
        for place, offset in first.items():
            self._handled.setdefault(TopicPartition(*place), offset)
        written = min([record.timestamp for record in raw]) / 1000
        self._in_hand.append((written, {TopicPartition(*place): offset for place, offset in last.items()}))

    def handled(self, places: Places) -> None:
        """All before these places is."""
        self._moved_on_at = self._now()
        self._handled.update({TopicPartition(*place): offset for place, offset in places.items()})
        while self._in_hand and all(self._handled.get(at, 0) > last for at, last in self._in_hand[0][1].items()):
            self._in_hand.popleft()

    def reassigned(self) -> None:
        """What was in hand comes again, perhaps to somebody else."""
        self._in_hand.clear()
        self._handled.clear()

    async def records(self, consumer: AIOKafkaConsumer) -> dict[str, int]:
        """How many on each topic are to be handled yet."""
        behind = dict.fromkeys(sorted(place.topic for place in consumer.assignment()), 0)
        for place in consumer.assignment():
            end = consumer.highwater(place)
            if end is not None:
                handled = self._handled.get(place)
                behind[place.topic] += max(end - (await consumer.position(place) if handled is None else handled), 0)
        return behind

    def seconds(self, behind: Mapping[str, int]) -> float:
        """How old the oldest of `behind` is; of what is not even read, for how long nothing has moved on."""
        if not any(behind.values()):
            self._moved_on_at = self._now()
            return 0.0
        since = self._in_hand[0][0] if self._in_hand else self._moved_on_at
        return max(self._now() - since, 0.0)

    def _now(self) -> float:
        return self._clock.now().timestamp()
