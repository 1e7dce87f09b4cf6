"""All that can still be read of what a service keeps, by who has its database, the keys that are left, and the KMS."""

import os
from typing import Any

from bson import json_util
from pymongo import MongoClient

from shared.runtime.kms import Kms
from shared.runtime.settings import Settings
from shared.runtime.vault import BrokenSeal, Vault


def readable(settings: Settings, service: str) -> str:
    """Every document as it stands, and what opens of what is sealed in it."""
    with MongoClient[dict[str, Any]](settings.mongodb_uri, tz_aware=True) as client:
        db = client[f"{settings.mongodb_prefix}_{service}"]
        vault = Vault(Kms(settings).master_key(db), os.urandom)
        rows = [(name, row) for name in db.list_collection_names() for row in db[name].find()]
        opened = vault.find(db, lambda: [(name, row) for name, row in rows if "sealed" in row])
        plain = [what.decode(errors="replace") for _, what in opened if not isinstance(what, BrokenSeal)]
        audit = [bytes(row["deeds"]).decode() for name, row in rows if name == "audit"]
        return "\n".join([*(json_util.dumps(row) for _, row in rows), *plain, *audit])
