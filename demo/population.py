"""Who is in prison on the day of the demo: made up from a seed, over the real register of prisons."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from demo.names import MEN, PRISONERS, WOMEN

REGISTER = Path(__file__).resolve().parents[1] / "shared/domain/prisons.csv"
LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"


@dataclass(frozen=True)
class Prison:
    """A prison that holds people now."""

    prison_id: str
    name: str
    male: bool
    female: bool

    @property
    def short_name(self) -> str:
        """`Leeds` of `Leeds (HMP & YOI)`."""
        return self.name.split(" (")[0]


@dataclass(frozen=True)
class Prisoner:
    """Somebody the register knows; `status` as in CONTRACT.md."""

    number: str
    first_name: str
    last_name: str
    date_of_birth: date
    prison_id: str | None
    status: str
    crn: str | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def record(self, as_of: str) -> dict[str, Any]:
        """What the estate tells about them on `upc.inbound.prisoners.v1`."""
        return {
            "prisoner_number": self.number,
            "first_name": self.first_name,
            "middle_names": None,
            "last_name": self.last_name,
            "aliases": [],
            "date_of_birth": self.date_of_birth.isoformat(),
            "prison_id": self.prison_id,
            "status": self.status,
            "crn": self.crn,
            "as_of": as_of,
        }


def active_prisons() -> list[Prison]:
    """The prisons of the register that hold people now, by id."""
    with REGISTER.open(encoding="utf-8-sig", newline="") as register:
        rows = [row for row in csv.DictReader(register) if row["active"] == "t"]
    prisons = [Prison(row["prison_id"], row["name"], row["male"] == "t", row["female"] == "t") for row in rows]
    return sorted(prisons, key=lambda prison: prison.prison_id)


def populate(random: Random, prisons: Sequence[Prison], size: int) -> list[Prisoner]:
    """`size` prisoners, most of them in custody; every number is there once, names and birthdays may be shared."""
    numbers: set[str] = set()
    while len(numbers) < size:
        numbers.add(
            f"{random.choice(LETTERS)}{random.randrange(10_000):04}{random.choice(LETTERS)}{random.choice(LETTERS)}"
        )
    return [_prisoner(random, number, random.choice(prisons)) for number in sorted(numbers)]


def _prisoner(random: Random, number: str, prison: Prison) -> Prisoner:
    status = random.choices(("in_custody", "in_transit", "released"), (96, 2, 2))[0]
    return Prisoner(
        number=number,
        first_name=random.choice(MEN if prison.male else WOMEN),
        last_name=random.choice(PRISONERS),
        date_of_birth=date(1955, 1, 1) + timedelta(days=random.randrange(18_000)),
        prison_id=prison.prison_id if status == "in_custody" else None,
        status=status,
        crn=f"{random.choice(LETTERS)}{random.randrange(1_000_000):06}" if random.random() < 0.7 else None,
    )
