"""The inbox is a collection of its own. The journal had it before, and kept entries of which all was published."""

from pymongo.database import Database as Documents

from shared.runtime.mongo import Document
from shared.runtime.saving import INBOX, JOURNAL

NEITHER = {"taken": {"$exists": False}, "unsent": {"$exists": False}}
"""What the journal's documents have to be like: so an instance of before can write nothing that one of now would not see."""
OF_BEFORE = {"$or": [{"taken": {"$exists": True}}, {"sealed": {"$exists": False}}]}


def divide(db: Documents[Document]) -> None:
    """Moves what was taken in from the journal to the inbox, entry by entry: broken off it goes on where it was.

    Instances of before wait from here on until they are stopped, as if MongoDB were away.
    """
    journal = db[JOURNAL]
    if journal.options().get("validator") != NEITHER:
        db.command("collMod", JOURNAL, validator=NEITHER)
    for entry in journal.find(OF_BEFORE, {"_id": 1}, hint="_id_"):
        taken: list[Document] = [{"$match": entry}, {"$unwind": "$taken"}, {"$project": {"_id": "$taken"}}]
        journal.aggregate([*taken, {"$merge": {"into": INBOX, "whenMatched": "keepExisting"}}])
        journal.delete_many(entry | {"sealed": {"$exists": False}})
