"""Side-by-side figures, in one run on one machine: `python -m bench`, which is `make bench`."""

import asyncio
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench import contact_check, hop, path, report
from bench.turns import Place
from deploy.local import KafkaServer, MongoServer, free_port
from deploy.local.keycloak import Identity, provided
from shared.runtime import topics

CACHE = 4.0
"""Gigabytes that MongoDB has for its cache, less than it would take by itself: with half of one it is busy making room."""


@dataclass(frozen=True)
class Size:
    """How much is measured; a contestant gets `longest` seconds, in which the textbook handler writes some hundreds."""

    records: int = 80_000
    rounds: int = 9
    longest: float = 20.0
    single: int = 60
    rate: int = 50
    seconds: int = 20
    burst: int = 2_000
    prisoners: int = 90_000


async def measure(size: Size, console: Console, identity: Identity) -> dict[str, float]:
    """All figures, on a Kafka and a MongoDB of their own."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary)
        console.print("Contact check in process ...")
        figures |= contact_check.in_process(size.prisoners)
        for part in ("hop", "path"):
            console.print(f"Starting Kafka and MongoDB for the {part} ...")
            with (
                KafkaServer(data / f"{part}-kafka", free_port()) as kafka,
                MongoServer(data / part, free_port(), cache=CACHE) as mongo,
            ):
                await topics.apply(kafka.bootstrap)
                place = Place(kafka.bootstrap, mongo.uri)
                console.print(f"Measuring the {part} ...")
                if part == "hop":
                    figures |= await hop.measure(place, size.records, size.rounds, size.longest, size.single)
                else:
                    figures |= await path.measure(place, identity, size.single, size.rate, size.seconds, size.burst)
    return figures


def main(size: Size, written: Path, identity: Identity | None = None) -> None:
    """Measures, prints and writes. What is missed is a figure, not a failure."""
    console = Console()
    with tempfile.TemporaryDirectory() as temporary, provided(identity, Path(temporary)) as known:
        figures = asyncio.run(measure(size, console, known))
    report.show(figures, console)
    report.write(figures, written)
    console.print(f"Written to {written}")


if __name__ == "__main__":
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says each time how new topics find their leaders
    main(Size(), Path("build/bench.json"))
