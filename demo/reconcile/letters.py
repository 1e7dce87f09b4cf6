"""What nobody could understand is in the dead letters of those who read it, bytes whole, and nothing else is there."""

from demo.reconcile.line import Facts, Line, compare

READERS = {
    "upc.inbound.contact-requests.v1": ("intake",),
    "upc.inbound.breach-reports.v1": ("intake",),
    "upc.inbound.prisoner-events.v1": ("routing", "transfers", "blocking"),
    "upc.inbound.prisoners.v1": ("routing",),
    "upc.inbound.social-contacts.v1": ("blocking",),
    "upc.inbound.prison-decisions.v1": ("blocking", "transfers"),
    "upc.inbound.block-acknowledgements.v1": ("blocking",),
}
"""Who reads which inbound topic, as CONTRACT.md says."""


def dead_letters(facts: Facts) -> Line:
    """One letter for each bad record and service that reads it; none for anything good."""
    sent = [entry for entry in facts.observer.entries() if entry.get("did") == "sent"]
    own = {entry["place"] for entry in sent}
    seen = {
        (seen.topic, seen.headers.get("dead-letter-from", ""), seen.value)
        for seen in facts.observer.dead
        if seen.headers.get("dead-letter-from") in own
        or not seen.headers.get("dead-letter-from", "").startswith("upc.inbound.")
    }
    expected = [
        (f"upc.{service}.dead-letters.v1", entry["place"], entry["poison"].encode())
        for entry in sent
        if "poison" in entry
        for service in READERS[entry["topic"]]
    ]
    return compare("dead letters", seen, expected)


CHECKS = (dead_letters,)
