"""A service's master key: made once, and kept in its key database, sealed under a key that never leaves a KMS.

MongoDB's own client-side field level encryption does that, so every KMS that it knows can be used. It is asked once, at the
start: asked for each value it would be the slowest part of a hop (docs/decisions/0006).
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bson import CodecOptions
from pymongo.database import Database as Documents
from pymongo.encryption import ClientEncryption
from pymongo.encryption_shared import Algorithm
from pymongo.errors import DuplicateKeyError, EncryptionError, OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from pymongocrypt.errors import MongoCryptError

from shared.runtime.mongo import Document, Unavailable, keys_beside
from shared.runtime.settings import Misconfigured, Settings

PROVIDERS = ("local", "aws", "azure", "gcp", "kmip")
LOCAL_KEY_BYTES = 96
MASTER, KEY_VAULT = "master", "__keyVault"
MASTER_KEY_BYTES = 32
UNAUTHORIZED = 13


class KeyRefused(Exception):
    """The KMS does not open this service's master key: it is another KMS, another key of it, or may not be used."""


class Kms:
    """The KMS of the settings. Raises Misconfigured where they name none that can be used."""

    def __init__(self, settings: Settings) -> None:
        self._provider = settings.kms_provider
        if self._provider not in PROVIDERS:
            raise Misconfigured(f"KMS_PROVIDER has to be one of {', '.join(PROVIDERS)}: nothing is stored unencrypted")
        local = self._provider == "local"
        self._credentials: Mapping[str, Any] = (
            {"key": _local_key(settings.kms_key_file)} if local else settings.kms_credentials
        )
        self._master_key = settings.kms_master_key or None
        self._tls = {self._provider: settings.kms_tls_options} if settings.kms_tls_options else None

    def master_key(self, db: Documents[Document]) -> bytes:
        """The master key of the service with the database `db`; made where there is none, the same for all instances.

        Raises KeyRefused, and an error of the driver where MongoDB or the KMS can't be reached.
        """
        beside = keys_beside(db)
        _make_index(beside)
        encryption: ClientEncryption[Document] = ClientEncryption(
            {self._provider: self._credentials},
            f"{beside.name}.{KEY_VAULT}",
            db.client,
            CodecOptions(),
            kms_tls_options=self._tls,
        )
        with encryption:
            try:
                return self._found_or_made(beside, encryption)
            except EncryptionError as error:
                if _is_refused(error):
                    raise KeyRefused(f"the KMS ({self._provider}) does not open the master key: {error}") from error
                raise

    def _found_or_made(self, beside: Documents[Document], encryption: ClientEncryption[Document]) -> bytes:
        # What a majority does not have yet may be taken back, and all that was sealed under it would be lost.
        masters = beside.get_collection(
            MASTER, write_concern=WriteConcern("majority", j=True), read_concern=ReadConcern("majority")
        )
        if not masters.find_one({"_id": MASTER}):
            key = encryption.create_data_key(self._provider, self._master_key)
            made = secrets.token_bytes(MASTER_KEY_BYTES)
            sealed = encryption.encrypt(made, Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random, key)
            with suppress(DuplicateKeyError):  # another instance was faster
                masters.insert_one({"_id": MASTER, "sealed": sealed})
        found = masters.find_one({"_id": MASTER})
        if not found:
            raise Unavailable
        return bytes(encryption.decrypt(found["sealed"]))


def _make_index(beside: Documents[Document]) -> None:
    """As MongoDB's manual has it: the driver looks for names of keys, too."""
    named = {"keyAltNames": {"$exists": True}}
    try:
        beside[KEY_VAULT].create_index("keyAltNames", unique=True, partialFilterExpression=named)
    except OperationFailure as error:
        if error.code != UNAUTHORIZED:  # who checks the audit log may only read, and needs no index
            raise


def _local_key(file: Path | None) -> bytes:
    """For `make up` and tests alone: here the key stands on the same machine as what it opens."""
    if file is None:
        raise Misconfigured("KMS_PROVIDER is local, so KMS_KEY_FILE has to name the file with the key")
    try:
        key, others_may = file.read_bytes(), file.stat().st_mode & 0o077
    except OSError as error:
        raise Misconfigured(f"KMS_KEY_FILE can't be read: {error}") from error
    if len(key) != LOCAL_KEY_BYTES or others_may:
        raise Misconfigured(f"KMS_KEY_FILE: {file} has to be {LOCAL_KEY_BYTES} bytes that its owner alone may read")
    return key


def _is_refused(error: EncryptionError) -> bool:
    """Not where MongoDB or the KMS could not be reached; for the KMS the driver says so as the cause of its last word."""
    return isinstance(error.cause, MongoCryptError) and not isinstance(error.cause.__cause__, MongoCryptError)
