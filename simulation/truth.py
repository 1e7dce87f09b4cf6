"""What is really so in the simulated world, and the model: what has to be in force, in some twenty lines."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from shared.events.requests import block_id

ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Custody(StrEnum):
    """Where a prisoner really is."""

    IN = "in"
    MOVING = "moving"
    OUT = "out"
    DEAD = "dead"


@dataclass
class Prisoner:
    """A person in the population. `numbers` has two where the estate recorded them twice; the first is kept at a merge.

    `moved_at` is when they moved last, `known_back_since` when somebody was told that they are back after a release.
    """

    numbers: list[str]
    first_name: str
    last_name: str
    date_of_birth: str
    prison: str
    custody: Custody = Custody.IN
    merged: bool = False
    moved_at: datetime | None = None
    known_back_since: datetime = ALWAYS

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def number(self) -> str:
        """The number that the estate uses for them now."""
        return self.numbers[0]


@dataclass
class Protected:
    """One protected person of a request, and what will become of their block wherever it is decided."""

    name: str
    phones: tuple[str, str]
    authorised: bool
    first_phone_excluded: bool
    ends_at_review: bool


@dataclass
class Request:
    """A contact request, what its sender knows of it, and what prisons will say to it."""

    external_id: str
    about: Prisoner
    number: str | None
    people: list[Protected]
    consent: str
    by_order: bool
    withdrawn: bool
    secret: str
    believed_prison: str
    by_http: bool
    asks_more: bool
    accepted: list[tuple[str, str]] = field(default_factory=list)
    withdrawal_sent: bool = False

    @property
    def request_id(self) -> str:
        return self.accepted[0][0]

    @property
    def blocks(self) -> dict[str, Protected]:
        """Each protected person by the id that their block has."""
        return {block_id(self.request_id, nth): person for nth, person in enumerate(self.people)}


def in_force(requests: list[Request], prisoner: Prisoner, ended: set[str]) -> dict[str, set[str]]:
    """The model: the phone numbers of every block that has to be in force for a prisoner, by block id.

    What is authorised and not withdrawn (an order stays, R45), nor ended by a review (R22), nor dormant or over because the
    prisoner is out or dead (R23, R38).
    """
    if prisoner.custody in (Custody.OUT, Custody.DEAD):
        return {}
    blocks = {}
    for request in requests:
        if request.about is not prisoner or (request.withdrawal_sent and not request.by_order):
            continue
        for block, person in request.blocks.items():
            if person.authorised and block not in ended:
                blocks[block] = set(person.phones[1:] if person.first_phone_excluded else person.phones)
    return blocks
