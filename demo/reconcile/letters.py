"""What nobody could understand is in the dead letters of those who read it, bytes whole, and nothing else is there."""

from demo.reconcile.line import Facts, Line

READERS = {
    "upc.inbound.contact-requests.v1": ("intake",),
    "upc.inbound.breach-reports.v1": ("intake",),
    "upc.inbound.prisoner-events.v1": ("routing", "transfers", "blocking", "records", "desk"),
    "upc.inbound.prisoners.v1": ("routing", "desk"),
    "upc.inbound.social-contacts.v1": ("blocking", "desk"),
    "upc.inbound.prison-decisions.v1": ("blocking", "transfers", "desk"),
    "upc.inbound.block-acknowledgements.v1": ("blocking", "desk"),
}
"""Who reads which inbound topic, as CONTRACT.md says; the desk knows them, too."""


def dead_letters(facts: Facts) -> Line:
    """One letter for each bad record and service that reads it, bytes whole; none for anything good."""
    sent = {entry["place"]: entry for entry in facts.observer.entries() if entry.get("did") == "sent"}
    letters = {(letter.topic, letter.headers.get(PLACE, "")): letter for letter in facts.observer.dead}
    own = {key for key in letters if key[1] in sent or not key[1].startswith("upc.inbound.")}
    expected = {
        (f"upc.{service}.dead-letters.v1", place)
        for place, entry in sent.items()
        if "poison" in entry
        for service in READERS[entry["topic"]]
    }
    missing = [f"missing: {topic} {place}" for topic, place in expected - own]
    surplus = [f"too many: {' '.join(key)}: {letters[key].headers.get(REASON)}" for key in own - expected]
    cut = [
        f"other bytes: {' '.join(key)}"
        for key in own & expected
        if letters[key].value != sent[key[1]]["poison"].encode()
    ]
    return Line("dead letters", len(own), len(expected), (*missing, *surplus, *cut))


PLACE, REASON = "dead-letter-from", "dead-letter-reason"
CHECKS = (dead_letters,)
