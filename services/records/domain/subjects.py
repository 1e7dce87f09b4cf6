"""Who somebody is in the cases: by what a member of staff verified, a name with a reference or a contact point of theirs."""

from collections.abc import Iterable

from services.records.domain.case import CaseRecord, asker_points, points_of, words_of
from shared.domain.contact_points import ContactPoints, first_match
from shared.domain.names import same_name
from shared.events.form import Consent, Form, ProtectedPerson


class Verified(Form):
    """What was verified about somebody who asks what is kept about them. A name alone verifies nobody (R47)."""

    name: str
    reference: str | None = None
    points: ContactPoints = ContactPoints()

    @property
    def words(self) -> tuple[str, ...]:
        """What their cases may be found by, where they have no reference."""
        return tuple(words_of(self.points))

    def is_asker(self, case: CaseRecord) -> bool:
        """Whether they made the request."""
        asker = case.request.requester if case.request else None
        return asker is not None and self._is([asker.name], asker_points(asker), case)

    def are(self, case: CaseRecord) -> list[str]:
        """The blocks of the case that protect them."""
        return [block_id for block_id, person in case.people.items() if self._is_protected(person, case)]

    def _is_protected(self, person: ProtectedPerson, case: CaseRecord) -> bool:
        return self._is([person.name, *person.other_names], points_of(person), case)

    def _is(self, names: Iterable[str], points: ContactPoints, case: CaseRecord) -> bool:
        """The same name, and the case's reference or a contact point that is theirs in it."""
        verified = self.reference == case.reference if self.reference else first_match(points, self.points) is not None
        return verified and any(same_name(name, self.name) for name in names)


def asked_for_themselves(case: CaseRecord, block_id: str) -> bool:
    """Whether the protected person of that block is who made the request."""
    request, person = case.request, case.people.get(block_id)
    if request is None or person is None or request.consent is not Consent.SELF:
        return False
    return any(same_name(name, request.requester.name) for name in (person.name, *person.other_names))
