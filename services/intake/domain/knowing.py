"""Whether somebody who has a reference is who made the request: they know a detail that only the requester gave (R42, R47)."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from services.intake.domain.request import Request
from shared.domain.addresses import canonical_postcode
from shared.domain.emails import canonical_email
from shared.domain.phones import bare_number, canonical_phone
from shared.events.envelope import Moment
from shared.events.form import Requester
from shared.runtime.work import State

MOST_TRIES, WITHIN = 5, timedelta(minutes=15)
"""Wrong details for one reference, whether it was ever given out or not; more have to wait."""
NOBODY = ("",)


class Tries(State):
    """When somebody was wrong about a reference."""

    COLLECTION = "tries"

    at: tuple[Moment, ...] = ()

    def due(self) -> datetime:
        return self.at[-1] + WITHIN

    def too_many(self, now: datetime) -> bool:
        """Whether nobody may try this reference again now, not even with what is right."""
        return sum(at > now - WITHIN for at in self.at) >= MOST_TRIES

    def and_at(self, now: datetime) -> "Tries":
        """With one more."""
        return self.but(at=(*self.at, now)[-MOST_TRIES:])


def known_by(request_id: str, requester: Requester) -> tuple[str, ...]:
    """What the requester is known by later: never the details themselves."""
    given = (requester.email, requester.phone, requester.address and requester.address.postcode)
    return tuple(_digest(request_id, detail) for text in given if text for detail in _canonical(text))


def knows(request: Request | None, detail: str) -> bool:
    """Whether `detail` is one of the requester's own; as long about it where there is no such request."""
    kept = (request.known_by if request else ()) or NOBODY
    request_id = request.request_id if request else ""
    tried = [_digest(request_id, text) for text in _canonical(detail)] or [_digest(request_id, "")]
    same = [hmac.compare_digest(one, other) for one in tried for other in kept]
    return request is not None and any(same)


def _digest(request_id: str, detail: str) -> str:
    return hashlib.blake2b(detail.encode(), key=request_id.encode()[:64], digest_size=16).hexdigest()


def _canonical(text: str) -> Iterator[str]:
    """`text` as whatever it can be: an e-mail address, a number, a postcode."""
    readings: tuple[Callable[[str], str | None], ...] = (canonical_email, _bare, canonical_postcode)
    for read in readings:
        try:
            found = read(text)
        except ValueError:
            continue
        if found:
            yield found


def _bare(text: str) -> str:
    return bare_number(canonical_phone(text))
