"""The manifests as a cluster would get them: built by kustomize, from the overlays."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from deploy.local.process import ROOT

TOOLS = ROOT / "build/manifests"
OVERLAYS = ("try", "production", "own-kafka")
SCHEMAS = Path(str(files("kubernetes_validate"))) / "kubernetes-json-schema/v1.35.0-local-strict"
CUSTOM = ("external-secrets.io", "keda.sh", "kafka.strimzi.io", "monitoring.coreos.com")

Manifest = dict[str, Any]


@cache
def built(overlay: str) -> tuple[Manifest, ...]:
    """Every manifest of an overlay."""
    command: list[str | Path] = [TOOLS / "kubectl", "kustomize", ROOT / "deploy/k8s/overlays" / overlay]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return tuple(yaml.safe_load_all(made.stdout))


def of(overlay: str, *kinds: str) -> list[Manifest]:
    return [manifest for manifest in built(overlay) if manifest["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Manifest:
    (found,) = (each for each in of(overlay, kind) if each["metadata"]["name"] == name)
    return found


def is_custom(manifest: Manifest) -> bool:
    return manifest["apiVersion"].split("/")[0] in CUSTOM


def schema_of(manifest: Manifest) -> Draft202012Validator:
    """Kubernetes' own schema of that kind, which takes no field that it does not know."""
    version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", manifest["apiVersion"])
    schema = json.loads((SCHEMAS / f"{manifest['kind'].lower()}-{version}.json").read_text())
    return Draft202012Validator(schema, registry=_definitions())


@cache
def _definitions() -> Registry[Any]:
    definitions = json.loads((SCHEMAS / "_definitions.json").read_text())
    registry: Registry[Any] = Resource.from_contents(definitions) @ Registry()
    return registry.crawl()


def faults(manifests: list[Manifest]) -> list[str]:
    """What the schemas of custom resources have against them; a field that they don't know is one, too."""
    command = ["node", "validate.mjs"]
    told = subprocess.run(command, cwd=TOOLS, input=json.dumps(manifests), capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return list(json.loads(told.stdout))


def pods(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """Every pod that is started, by what starts it."""
    for manifest in of(overlay, "Deployment", "StatefulSet", "Job"):
        yield f"{manifest['kind']} {manifest['metadata']['name']}", manifest["spec"]["template"]
