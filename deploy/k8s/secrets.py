"""Secrets by reference: what the External Secrets operator fetches, for each service its own, from wherever they are kept."""

from typing import Any

from deploy.k8s.services import labels, secret_settings


def secrets(name: str) -> dict[str, Any]:
    """`upc/NAME` of the store `upc` as the secret `upc-NAME`: a setting each."""
    data = [
        {"secretKey": setting, "remoteRef": {"key": f"upc/{name}", "property": setting}}
        for setting in secret_settings(name)
    ]
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": f"upc-{name}", "labels": labels(name)},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "upc"},
            "target": {"name": f"upc-{name}"},
            "data": data,
        },
    }
