"""A prisoner's social contacts as the estate and blocking say them: for the flags beside a decision (R43)."""

from collections.abc import Mapping

from shared.domain.identifiers import PrisonerNumber
from shared.events.contacts import ContactOutcome, SocialContactDecided
from shared.events.envelope import Moment
from shared.events.form import Form
from shared.events.inbound import ContactChange, SocialContact, SocialContactChanged
from shared.runtime.work import State

ON_HAND = (ContactOutcome.LISTED, ContactOutcome.WAITING)


class Contact(Form):
    """One contact: who it is, from the estate; what became of it, from blocking. Either may be heard first."""

    who: SocialContact | None = None
    asked_at: Moment | None = None
    gone: bool = False
    outcome: ContactOutcome | None = None
    decided_at: Moment | None = None


class Contacts(State):
    """One prisoner's contacts by the estate's id for each. Who it was is forgotten once it is off the list."""

    COLLECTION = "contacts"

    number: PrisonerNumber
    contacts: Mapping[str, Contact] = {}

    @property
    def on_hand(self) -> tuple[Contact, ...]:
        """Those who are on the list, or wait for a person."""
        return tuple(contact for contact in self.contacts.values() if contact.who and contact.outcome in ON_HAND)

    def having(self, contact_id: str, contact: Contact) -> "Contacts":
        off = contact.gone or contact.outcome in (ContactOutcome.REFUSED, ContactOutcome.REMOVED)
        kept = contact.model_copy(update={"who": None}) if off else contact
        return self.but(contacts={**self.contacts, contact_id: kept})

    def joined_by(self, other: "Contacts | None") -> "Contacts":
        """With those of a number that was merged into this one (R39)."""
        return self.but(contacts={**other.contacts, **self.contacts}) if other else self


def changed(state: Contacts, event: SocialContactChanged) -> Contacts:
    """The estate's newest word about a contact."""
    contact_id = event.contact.contact_id
    known = state.contacts.get(contact_id) or Contact()
    if known.asked_at and event.at < known.asked_at:
        return state
    removed = event.change is ContactChange.REMOVED
    fresh = {"who": event.contact, "asked_at": event.at, "gone": removed}
    if known.decided_at is None or event.at > known.decided_at:
        fresh["outcome"] = None
    return state.having(contact_id, known.model_copy(update=fresh))


def decided(state: Contacts, event: SocialContactDecided) -> Contacts:
    """What became of it (R15)."""
    known = state.contacts.get(event.contact_id) or Contact()
    if known.decided_at and event.at < known.decided_at:
        return state
    fresh = {"outcome": event.outcome, "decided_at": event.at}
    return state.having(event.contact_id, known.model_copy(update=fresh))
