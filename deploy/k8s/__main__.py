"""Writes what follows from the code into its files: `python -m deploy.k8s`. A test fails where that was forgotten."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s.scaling import scaling
from deploy.k8s.secrets import secrets
from deploy.k8s.services import service
from shared.events.principals import AGENCIES, SERVICES
from shared.runtime import acls, topics

FOLDER = Path(__file__).parent
NAMES = [principal.value for principal in SERVICES]
MADE = "# Made from the code by `python -m deploy.k8s`: change it there.\n"


def files() -> dict[Path, str]:
    """Every file that is made, with what is in it."""
    base = FOLDER / "base"
    made = {base / "services" / f"{name}.yaml": service(name) for name in NAMES}
    made |= {base / "scaling" / f"{name}.yaml": scaling(name) for name in NAMES}
    made |= {FOLDER / "components/external-secrets/secrets.yaml": [secrets(name) for name in NAMES]}
    texts = {file: MADE + _yaml(manifests) for file, manifests in made.items()}
    for file, manifests in {"topics": topics.strimzi(AGENCIES), "users": acls.strimzi(AGENCIES)}.items():
        texts[base / "kafka" / f"{file}.yaml"] = _yaml(manifests)  # as their own commands print them
    for folder in ("services", "scaling"):
        texts[base / folder / "kustomization.yaml"] = _listing(folder)
    return texts


def _yaml(manifests: Iterable[Any]) -> str:
    return str(yaml.safe_dump_all(manifests, sort_keys=False))


def _listing(folder: str) -> str:
    """A kustomization of every service's file, after what stands in `settings.env` for all of them where there is that."""
    listing: dict[str, object] = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    listing |= {"resources": [*(f"{name}.yaml" for name in NAMES), *_BESIDE[folder]]}
    if folder == "services":
        listing |= {"configMapGenerator": [{"name": "upc-settings", "envs": ["settings.env"]}]}
    return MADE + yaml.safe_dump(listing, sort_keys=False)


_BESIDE = {"services": ["namespace.yaml", "network.yaml"], "scaling": []}


def main() -> None:
    for file, text in files().items():
        file.write_text(text)


if __name__ == "__main__":
    main()
