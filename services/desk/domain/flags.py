"""What to look at before deciding: who else a block would cut off, and what speaks for care (R43, R47)."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from services.desk.domain.contacts import Contact
from shared.domain.addresses import Address
from shared.domain.contact_points import ContactPoints, as_canonical, first_match
from shared.domain.names import similar_name
from shared.events.blocks import BlockInForce
from shared.events.form import Consent, ContactRequest, Form, ProtectedPerson
from shared.events.inbound import ContactKind, SocialContact


class Caution(StrEnum):
    """What a contact point, or a person, is flagged for."""

    ON_LIST = "on_list"
    SHARED_HOUSEHOLD = "shared_household"
    OFFICIAL = "official"
    BLOCKED_ALREADY = "blocked_already"
    REQUESTERS_OWN = "requesters_own"


class Flag(Form):
    """One flag, and whom or which request it is about."""

    caution: Caution
    about: tuple[str, ...] = ()


class Point(Form):
    """One contact point of a protected person. `key` names it on a page, `written` is how a person reads it."""

    key: str
    kind: str
    value: str | Address
    written: str
    flags: tuple[Flag, ...] = ()

    @property
    def alone(self) -> ContactPoints:
        field = {"phone": "phones", "email": "emails", "address": "addresses"}[self.kind]
        return ContactPoints.model_validate({field: (self.value,)})


def points(person: ProtectedPerson) -> Sequence[Point]:
    """The contact points of a protected person, without flags."""
    kinds: Sequence[tuple[str, Sequence[str | Address]]] = (
        ("phone", person.phones),
        ("address", person.addresses),
        ("email", person.emails),
    )
    return [
        Point(key=f"{kind}-{place}", kind=kind, value=value, written=written(value))
        for kind, values in kinds
        for place, value in enumerate(values)
    ]


def written(value: str | Address) -> str:
    """A contact point as one line."""
    if isinstance(value, str):
        return value.replace(";ext=", " extension ")
    return ", ".join(part for part in (*value.lines, value.town, value.postcode) if part)


def flagged(
    person: ProtectedPerson,
    request: ContactRequest | None,
    contacts: Iterable[Contact],
    others: Iterable[BlockInForce],
) -> Sequence[Point]:
    """The points of `person` with what speaks for care: from the prisoner's contacts, and from blocks of other requests."""
    known, blocks = [contact.who for contact in contacts if contact.who], list(others)
    return [
        point.model_copy(update={"flags": tuple(_flags(point, person, request, known, blocks))})
        for point in points(person)
    ]


def namesakes(person: ProtectedPerson, contacts: Iterable[Contact]) -> Sequence[str]:
    """Contacts on the list who by their name may be the protected person: they come off with the block (R13)."""
    return [contact.who.name for contact in contacts if contact.who and _same_person(person, contact.who)]


def _flags(
    point: Point,
    person: ProtectedPerson,
    request: ContactRequest | None,
    contacts: Sequence[SocialContact],
    others: Sequence[BlockInForce],
) -> Iterable[Flag]:
    users = [who for who in contacts if first_match(point.alone, as_canonical(who.phones, who.addresses, who.emails))]
    social = [who for who in users if who.kind is ContactKind.SOCIAL]
    sharing = {
        Caution.ON_LIST: [who.name for who in social if _same_person(person, who)],
        Caution.SHARED_HOUSEHOLD: [who.name for who in social if not _same_person(person, who)],
        Caution.OFFICIAL: [who.name for who in users if who.kind is not ContactKind.SOCIAL],
        Caution.BLOCKED_ALREADY: [block.reference for block in others if first_match(_points_of(block), point.alone)],
        Caution.REQUESTERS_OWN: _requesters(point, request),
    }
    return [Flag(caution=caution, about=tuple(dict.fromkeys(about))) for caution, about in sharing.items() if about]


def _requesters(point: Point, request: ContactRequest | None) -> list[str]:
    """A point that the requester gave as their own, too, while they say that they are not the protected person (R47)."""
    if request is None or request.consent is Consent.SELF:
        return []
    asker = request.requester
    own = as_canonical(
        [asker.phone] if asker.phone else [],
        [asker.address] if asker.address else [],
        [asker.email] if asker.email else [],
    )
    return [asker.name] if first_match(point.alone, own) else []


def _same_person(person: ProtectedPerson, who: SocialContact) -> bool:
    return any(similar_name(name, who.name) for name in (person.name, *person.other_names))


def _points_of(block: BlockInForce) -> ContactPoints:
    return ContactPoints(phones=block.phones, addresses=block.addresses, emails=block.emails)
