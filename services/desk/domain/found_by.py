"""Words under which cases are found again: names, numbers and addresses of their people; what is kept of them is hashed."""

from collections.abc import Iterable, Iterator

from shared.domain.addresses import address_key
from shared.domain.contact_points import ContactPoints
from shared.domain.names import canonical_name
from shared.domain.phones import bare_number
from shared.events.form import ContactRequest


def word_of(name: str) -> str:
    """The word under which cases are found by the name of anybody in them."""
    return f"name:{' '.join(sorted(canonical_name(name).split()))}"


def words_of_points(points: ContactPoints) -> Iterator[str]:
    """Points that match have a word in common; an address without a postcode has none."""
    yield from (f"phone:{bare_number(phone)}" for phone in points.phones)
    yield from (f"email:{email}" for email in points.emails)
    yield from (f"postcode:{key}" for address in points.addresses if (key := address_key(address)))


def words_of_request(request: ContactRequest) -> Iterable[str]:
    """Everybody's names, the number as it was written, and every contact point, the requester's own too."""
    asked, people = request.requester, request.protected_people
    words = [word_of(name) for name in (asked.name, request.prisoner.name, *(person.name for person in people))]
    words += [f"written:{request.prisoner.number}"] if request.prisoner.number else []
    return dict.fromkeys([*words, *words_of_points(asked_points(request)), *words_of_points(protected_points(request))])


def asked_points(request: ContactRequest) -> ContactPoints:
    """Where the requester is reached."""
    by = request.requester
    return ContactPoints(
        phones=(by.phone,) if by.phone else (),
        addresses=(by.address,) if by.address else (),
        emails=(by.email,) if by.email else (),
    )


def protected_points(request: ContactRequest) -> ContactPoints:
    """All that is to be blocked."""
    people = request.protected_people
    return ContactPoints(
        phones=tuple(phone for person in people for phone in person.phones),
        addresses=tuple(address for person in people for address in person.addresses),
        emails=tuple(email for person in people for email in person.emails),
    )
