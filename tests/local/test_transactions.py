import subprocess
import sys
from time import monotonic
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure

SOON = 30
"""Seconds; MongoDB's own default lets it last for a minute and a half."""
OPENS_ONE = """
import sys, time
from pymongo import MongoClient

with MongoClient(sys.argv[1]) as client, client.start_session() as session, session.start_transaction():
    client.orphaned.things.update_one({"_id": 1}, {"$set": {"by": "the dead"}}, session=session)
    print("open", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_client_had_open_soon_stops_nobody(mongo_uri: str) -> None:
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        client.orphaned.things.insert_one({"_id": 1})
        with subprocess.Popen([sys.executable, "-c", OPENS_ONE, mongo_uri], stdout=subprocess.PIPE) as dying:
            assert dying.stdout
            assert dying.stdout.readline() == b"open\n"
            dying.kill()

        killed = monotonic()
        while not written(client):
            assert monotonic() - killed < SOON

        assert client.orphaned.things.find_one() == {"_id": 1, "by": "the living"}


def written(client: MongoClient[dict[str, Any]]) -> bool:
    """Whether a transaction of another client gets through."""
    try:
        with client.start_session() as session, session.start_transaction():
            client.orphaned.things.update_one({"_id": 1}, {"$set": {"by": "the living"}}, session=session)
    except OperationFailure as refused:
        if not refused.has_error_label("TransientTransactionError"):
            raise
        return False
    return True
