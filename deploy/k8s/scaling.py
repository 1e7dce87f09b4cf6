"""As many instances as there is work, by the lag of the service's consumer group; never more than there are partitions."""

from typing import Any

from deploy.k8s.services import labels
from shared.events.topics import PARTITIONS

Manifest = dict[str, Any]

AT_LEAST = 2
ENOUGH_FOR_ONE = 2000
"""Records behind for which one more instance is started: about a second of work (docs/performance.md)."""


def scaling(name: str) -> list[Manifest]:
    """Scales the service `name`, looking at Kafka with the service's own login: it may see its group, and no other's."""
    return [_object(name), _login(name)]


def _object(name: str) -> Manifest:
    metadata = {
        "bootstrapServers": "upc-kafka-bootstrap:9093",
        "consumerGroup": f"upc-{name}",
        "lagThreshold": str(ENOUGH_FOR_ONE),
        "offsetResetPolicy": "earliest",
        "allowIdleConsumers": "false",
        "sasl": "scram_sha512",
        "tls": "enable",
    }
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": name, "labels": labels(name)},
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": AT_LEAST,
            "maxReplicaCount": PARTITIONS,
            "pollingInterval": 15,
            "cooldownPeriod": 300,
            "fallback": {"failureThreshold": 4, "replicas": AT_LEAST + 1},
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": _SLOWLY}}},
            "triggers": [{"type": "kafka", "metadata": metadata, "authenticationRef": {"name": name}}],
        },
    }


_SLOWLY = {
    "stabilizationWindowSeconds": 300,
    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
}
"""Each one that leaves has its group share out the partitions anew."""


def _login(name: str) -> Manifest:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": {"name": name, "labels": labels(name)},
        "spec": {
            "env": [{"parameter": "username", "name": "KAFKA_USERNAME", "containerName": name}],
            "secretTargetRef": [
                {"parameter": "password", "name": name, "key": "password"},
                {"parameter": "ca", "name": "upc-cluster-ca-cert", "key": "ca.crt"},
            ],
        },
    }
