"""Secrets by reference: what the External Secrets operator fetches, for each service its own, from wherever they are kept."""

from typing import Any

from deploy.k8s.services import labels


def secrets(name: str) -> dict[str, Any]:
    """`upc/NAME` of the store `upc` as the secret `upc-NAME`, with what is there: were each named, one missing would stop all."""
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": f"upc-{name}", "labels": labels(name)},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "upc"},
            "target": {"name": f"upc-{name}"},
            "dataFrom": [{"extract": {"key": f"upc/{name}"}}],
        },
    }
