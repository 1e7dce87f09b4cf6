"""Protected people, prisoners' own contacts, and the many ways in which one number is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from demo.names import MEN, OTHERS, PROTECTED, STREETS, TOWNS, WOMEN

FICTITIOUS = ("7700900", "113496", "114496", "115496", "116496", "117496", "118496", "121496", "161496", "2079460")
"""Ranges that Ofcom keeps for drama, without the leading 0; three digits follow (four after the area codes of four)."""
SPELLINGS = ("0{0} {1}", "+44 {0} {1}", "0044 {0} {1}", "+44 (0){0} {1}", "0{0}-{1}", "(0{0}) {1}", "+44{0}{1}")


def numbers(random: Random) -> Iterator[str]:
    """Telephone numbers in E.164, each once."""
    drawn = [f"+44{start}{last:0{10 - len(start)}}" for start in FICTITIOUS for last in range(1000)]
    random.shuffle(drawn)
    return iter(drawn)


def spelt(random: Random, number: str) -> str:
    """An E.164 number of the United Kingdom as somebody might write it."""
    national = number.removeprefix("+44")
    return random.choice(SPELLINGS).format(national[:4], national[4:])


@dataclass(frozen=True)
class Person:
    """Somebody outside prison, with canonical contact points."""

    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...] = ()
    addresses: tuple[dict[str, Any], ...] = ()

    def as_written(self, random: Random) -> dict[str, Any]:
        """The contact points as a person types them."""
        return {
            "name": self.name,
            "phones": [spelt(random, phone) for phone in self.phones],
            "emails": [email.upper() if random.random() < 0.1 else email for email in self.emails],
            "addresses": list(self.addresses),
        }


class People:
    """Makes people up; no two share a contact point."""

    def __init__(self, random: Random) -> None:
        self._random, self._numbers = random, numbers(random)
        self._named = set[str]()

    def protected(self) -> Person:
        """Nobody else is protected under the same name, so that a name tells who is meant."""
        random = self._random
        name = next(name for name in iter(lambda: self._name(PROTECTED), "") if name not in self._named)
        self._named.add(name)
        return Person(
            name,
            phones=tuple(next(self._numbers) for _ in range(random.choice((1, 1, 2, 3)))),
            emails=(self.email(name),) if random.random() < 0.4 else (),
            addresses=(self._address(),) if random.random() < 0.6 else (),
        )

    def other(self) -> Person:
        """Mother, friend: somebody whom a prisoner may well ring."""
        return Person(self._name(OTHERS), (next(self._numbers),))

    def number(self) -> str:
        return next(self._numbers)

    def name(self) -> str:
        return self._name(OTHERS)

    def email(self, name: str) -> str:
        return f"{name.lower().replace(' ', '.')}.{self._random.randrange(100_000)}@mail.example"

    def _name(self, surnames: tuple[str, ...]) -> str:
        return f"{self._random.choice(MEN + WOMEN)} {self._random.choice(surnames)}"

    def _address(self) -> dict[str, Any]:
        random, area = self._random, self._random.choice(list(TOWNS))
        street = f"{random.randrange(1, 200)} {random.choice(STREETS)} {random.choice(('Street', 'Road', 'Avenue'))}"
        end = f"{random.randrange(10)}{random.choice('ABDEFGHJLN')}{random.choice('PQRSTUWXYZ')}"
        return {"lines": [street], "town": TOWNS[area], "postcode": f"{area}{random.randrange(1, 30)} {end}"}
