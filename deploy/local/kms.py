"""In the place of a KMS, for one machine alone: a key in a file."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 96


def key_file(folder: Path) -> Path:
    return folder.absolute() / "kms.key"


def local_kms(folder: Path) -> dict[str, str]:
    """The settings of services, by name, with a key in `folder`: the one that is there, or a new one."""
    file = key_file(folder)
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as new:  # which its owner alone may read
            new.write(secrets.token_bytes(KEY_BYTES))
            new.flush()
            with suppress(FileExistsError):  # whoever was faster
                os.link(new.name, file)
    return {"KMS_PROVIDER": "local", "KMS_KEY_FILE": str(file)}
