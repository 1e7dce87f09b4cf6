"""The audit logs of all services, as whoever has the databases and the KMS reads them."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pymongo.database import Database as Documents

from shared.runtime import documents
from shared.runtime.audit.anchoring import Anchor
from shared.runtime.audit.deeds import read
from shared.runtime.audit.pages import AUDIT, page_id
from shared.runtime.audit.verifying import faults, newest
from shared.runtime.kms import Kms
from shared.runtime.mongo import Document, Mongo
from shared.runtime.saving import INBOX, JOURNAL, PARKED
from shared.runtime.settings import Settings
from shared.runtime.vault import BrokenSeal, Vault

NO_AGGREGATES = {AUDIT, INBOX, JOURNAL, PARKED}
OTHERS = NO_AGGREGATES | {Anchor.COLLECTION}
"""What stands beside the aggregates that are about people."""


class Logs:
    """The services' databases on one MongoDB."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._kms = settings, Kms(settings)

    async def wrong_with(self, service: str, elsewhere: Sequence[Anchor] = ()) -> list[str]:
        """Each fault in the log of a service, in words. `elsewhere` are anchors that somebody kept, away from these databases."""
        known = await self._in("records", lambda db: self._anchors_in(db, service))
        anchors = newest(known, [anchor for anchor in elsewhere if anchor.service == service])
        return list(await self._in(service, lambda db: [*faults(pages_in(db), anchors), *unaudited(db, anchors)]))

    async def about(self, service: str, names: Sequence[str]) -> list[Mapping[str, Any]]:
        """What a service recorded of the prisoner, case or reference with one of these `names`, oldest first."""
        return list(await self._in(service, lambda db: self._about(db, names)))

    def _anchors_in(self, db: Documents[Document], service: str) -> Mapping[str, Anchor]:
        """None of a records service that never was: a database that is looked at is not made by that."""
        there = Anchor.COLLECTION in db.list_collection_names()
        return anchors_in(db, self._vault(db), service) if there else {}

    def _about(self, db: Documents[Document], names: Sequence[str]) -> list[Mapping[str, Any]]:
        there = AUDIT in db.list_collection_names()
        return sorted(_about(db, self._vault(db), names), key=lambda deed: deed["at"]) if there else []

    def _vault(self, db: Documents[Document]) -> Vault:
        return Vault(self._kms.master_key(db), os.urandom)

    async def _in(self, service: str, work: Callable[[Documents[Document]], Any]) -> Any:
        """What `work` finds in a service's database."""
        mongo = Mongo(self._settings.mongodb_uri, f"{self._settings.mongodb_prefix}_{service}")
        try:
            return await mongo.run(work)
        finally:
            mongo.close()


def pages_in(db: Documents[Document]) -> Iterable[Document]:
    """Every page of a service, chain by chain."""
    return db[AUDIT].find({}).sort("_id")


def anchors_in(db: Documents[Document], vault: Vault, service: str) -> Mapping[str, Anchor]:
    """The anchors of a service's chains, which the records service keeps."""
    found = vault.find(db, lambda: [(Anchor.COLLECTION, row) for row in db[Anchor.COLLECTION].find({})])
    known = [documents.state_in(Anchor, plain) for _, plain in found if not isinstance(plain, BrokenSeal)]
    return {anchor.chain: anchor for anchor in known if isinstance(anchor, Anchor) and anchor.service == service}


def unaudited(db: Documents[Document], anchors: Mapping[str, Anchor]) -> Iterator[str]:
    """Aggregates that say they were written by something which the audit log knows nothing of, and never did."""
    for name in sorted({*db.list_collection_names()} - OTHERS):
        found = iter(db[name].find({}, {"entry": 1}))
        while rows := list(islice(found, 1000)):
            entries = {row["entry"] for row in rows if "entry" in row}
            known = {page["entry"] for page in db[AUDIT].find({"entry": {"$in": [*entries]}}, {"entry": 1})}
            missing = {entry for entry in entries - known if not _let_go(db, anchors, entry)}
            if missing:
                yield f"{len(missing)} writes to {name} are not in the log, such as {min(missing)}"


def _let_go(db: Documents[Document], anchors: Mapping[str, Anchor], entry: str) -> bool:
    """Whether it was in the log, on a page whose time is over (R48). An instance names its entries and its chain alike."""
    chain = entry.partition("-")[2]
    if chain not in anchors or not anchors[chain].begins:
        return False
    kept = {"_id": {"$gte": page_id(chain, 0), "$lte": page_id(chain, 10**12 - 1)}, "entry": {"$ne": ""}}
    return all(entry < page["entry"] for page in db[AUDIT].find(kept, {"entry": 1}).sort("_id").limit(1))


def _about(db: Documents[Document], vault: Vault, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    collections = [name for name in db.list_collection_names() if name not in NO_AGGREGATES]
    wanted = {f"{name}/{vault.hashed(name, key.encode()).hex()}" for name in collections for key in names}
    for page in pages_in(db):
        for deed in read(bytes(page["deeds"])):
            if wanted.intersection(deed["about"]):
                yield deed
