"""The register of prisons in England and Wales."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from shared.domain.names import canonical_name


@dataclass(frozen=True)
class Prison:
    """A prison as the register has it; `active` ones hold people now."""

    prison_id: str
    name: str
    name_in_welsh: str | None
    active: bool
    male: bool
    female: bool
    lines: tuple[str, ...]
    town: str | None
    county: str | None
    postcode: str | None

    @property
    def short_name(self) -> str:
        """`Leeds` of `Leeds (HMP & YOI)`."""
        return self.name.split(" (")[0]

    @property
    def full_name(self) -> str:
        """`HMP Leeds`, as people write it."""
        kind = self.name.partition("(")[2].rstrip(")").split(" & ")[0]
        return f"{kind} {self.short_name}".strip()

    @property
    def postal_address(self) -> tuple[str, ...]:
        """The lines of an envelope."""
        rest = (self.town, self.county, self.postcode)
        return (self.full_name, *self.lines, *(part for part in rest if part))


def _prison(row: dict[str, str]) -> Prison:
    return Prison(
        prison_id=row["prison_id"],
        name=row["name"],
        name_in_welsh=row["name_in_welsh"] or None,
        active=row["active"] == "t",
        male=row["male"] == "t",
        female=row["female"] == "t",
        lines=tuple(line for line in (row["address_line1"], row["address_line2"]) if line),
        town=row["town"] or None,
        county=row["county"] or None,
        postcode=row["postcode"] or None,
    )


def _read() -> dict[str, Prison]:
    text = files("shared.domain").joinpath("prisons.csv").read_text(encoding="utf-8-sig")
    return {row["prison_id"]: _prison(row) for row in csv.DictReader(text.splitlines())}


PRISONS: Mapping[str, Prison] = MappingProxyType(_read())
_BY_NAME = {
    canonical_name(name): prison
    for prison in sorted(PRISONS.values(), key=lambda prison: prison.active)
    for name in (prison.name, prison.short_name, prison.full_name, prison.name_in_welsh or prison.name)
}


def is_prison(prison_id: str) -> bool:
    """Whether the register knows this id, closed prisons included."""
    return prison_id in PRISONS


def find_prison(text: str) -> Prison | None:
    """A prison by its id or its name as people write it: `LEI`, `hmp leeds`, `Leeds`."""
    words = [word for word in canonical_name(text).split() if word not in ("hmp", "yoi", "hmyoi", "prison", "young")]
    return PRISONS.get(text.strip().upper()) or _BY_NAME.get(canonical_name(text)) or _BY_NAME.get(" ".join(words))
