"""What `compose.yaml` needs beside itself, made once for one machine: `python -m deploy.compose`.

Into `build/compose`: the realm that Keycloak imports, the key in the place of a KMS, and `.env` with the secrets, for their
owner's eyes alone.
"""

import json
import os
from pathlib import Path

from deploy.k8s.services import USER
from deploy.local import private
from deploy.local.keycloak.realm import CLIENTS, PEOPLE, REALM, realm
from deploy.local.kms import key_file, local_kms
from deploy.local.process import ROOT

FOLDER = ROOT / "build/compose"
OTHERS = ("grafana",)


def make(folder: Path = FOLDER) -> None:
    """Makes what is not there; what is stays as it was."""
    local_kms(folder)
    secrets = private.passwords(folder / "secrets.json", (*CLIENTS, *PEOPLE, *OTHERS))
    imported = folder / "realm" / f"{REALM}-realm.json"
    private.write(imported, json.dumps(realm(CLIENTS, PEOPLE, secrets)))
    user, group = (os.getuid(), os.getgid()) if os.getuid() else (USER, USER)
    for file in (imported, key_file(folder)):
        os.chown(file, user, group)
    env = {
        "UPC_USER": f"{user}:{group}",
        "KEYCLOAK_USER": f"{user}:0",
        "DESK_CLIENT_SECRET": secrets["desk"],
        "GRAFANA_PASSWORD": secrets["grafana"],
    }
    private.write(folder / ".env", "".join(f"{name}={value}\n" for name, value in env.items()))


if __name__ == "__main__":
    make()
    print(f"Made what compose.yaml needs in {FOLDER.relative_to(ROOT)}.")
