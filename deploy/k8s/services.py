"""What runs a service: its Deployment with all that keeps it in its place, a Service, a budget for disruptions."""

from typing import Any

from services.desk.web.news import STREAM
from shared.runtime.kafka import GIVING_UP_MS
from shared.runtime.settings import PORTS

Manifest = dict[str, Any]

IMAGE = "upc"
USER = 10001
"""As the Dockerfile has it."""
SECRETS_OF_KAFKA = "/run/kafka"
LET_GO = 5
"""Seconds between being told to stop and stopping: so long others may still send what they think is for us."""
SAY_GOODBYE = 10
"""Seconds to leave the group and close what is open, once nothing is in hand."""
GRACE = LET_GO + int(STREAM) + GIVING_UP_MS // 1000 + SAY_GOODBYE
"""A page may be open for so long, and what was taken from Kafka be in hand; then the group is left, and nothing was cut off."""
RESOURCES = {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "768Mi"}}
"""No limit of processor time: one that waits for its share is late, and its group rebalances."""
MEMORY = {"blocking": "1536Mi"}
"""It keeps a picture of every list, and catches up in batches of whole lists: a gigabyte for a country (docs/performance.md)."""
SECRET_SETTINGS: dict[str, tuple[str, ...]] = {
    "desk": ("DESK_CLIENT_SECRET",),
    "mailbox": ("IMAP_PASSWORD",),
    "notifications": ("NOTIFY_API_KEY",),
}
"""Beside MONGODB_URI and KMS_CREDENTIALS, which all have: each service its own login to its own databases."""


def service(name: str) -> list[Manifest]:
    """Everything that a cluster needs to run the service `name`."""
    account = {**_head("v1", "ServiceAccount", name), "automountServiceAccountToken": False}
    return [account, _deployment(name), _service(name), _budget(name)]


def labels(name: str) -> dict[str, str]:
    """By these it is found."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "upc"}


def secret_settings(name: str) -> tuple[str, ...]:
    """The settings of a service that come from its secret `upc-NAME`."""
    return ("MONGODB_URI", "KMS_CREDENTIALS", *SECRET_SETTINGS.get(name, ()))


def _head(version: str, kind: str, name: str) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels(name)}}


def _deployment(name: str) -> Manifest:
    return {
        **_head("apps/v1", "Deployment", name),
        "spec": {
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": labels(name)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels(name)}, "spec": _pod(name)},
        },
    }


def _pod(name: str) -> Manifest:
    return {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [_spread(name, "zone"), _spread(name, "hostname")],
        "containers": [_container(name)],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
            {"name": "kafka", "projected": {"defaultMode": 0o440, "sources": _logins(name)}},
        ],
    }


def _spread(name: str, over: str) -> Manifest:
    """Rather badly spread than not there."""
    key = {"zone": "topology.kubernetes.io/zone", "hostname": "kubernetes.io/hostname"}[over]
    spread = {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway"}
    return spread | {"labelSelector": {"matchLabels": labels(name)}, "matchLabelKeys": ["pod-template-hash"]}


def _logins(name: str) -> list[Manifest]:
    """As Strimzi hands them out: the password of the KafkaUser `name`, and whose certificates the brokers have."""
    password = {"name": name, "items": [{"key": "password", "path": "password"}]}
    authority = {"name": "upc-cluster-ca-cert", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    return [{"secret": password}, {"secret": authority}]


def _container(name: str) -> Manifest:
    memory = MEMORY.get(name, RESOURCES["limits"]["memory"])
    return {
        "name": name,
        "image": IMAGE,
        "args": ["-m", f"services.{name}"],
        "ports": [{"name": "http", "containerPort": PORTS[name]}],
        "envFrom": [{"configMapRef": {"name": "upc-settings"}}],
        "env": [*_own_settings(name)],
        "resources": {"requests": RESOURCES["requests"], "limits": {"memory": memory}},
        "startupProbe": _probe("/livez", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/livez", periodSeconds=10, failureThreshold=3),
        "readinessProbe": _probe("/callable", periodSeconds=5, failureThreshold=3),
        "lifecycle": {"preStop": {"sleep": {"seconds": LET_GO}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "kafka", "mountPath": SECRETS_OF_KAFKA, "readOnly": True},
        ],
    }


def _own_settings(name: str) -> list[Manifest]:
    kafka = {"KAFKA_USERNAME": name, "KAFKA_PASSWORD_FILE": f"{SECRETS_OF_KAFKA}/password"}
    plain = kafka | {"KAFKA_CA_FILE": f"{SECRETS_OF_KAFKA}/ca.crt"}
    stated: list[Manifest] = [{"name": setting, "value": value} for setting, value in plain.items()]
    for setting in secret_settings(name):
        place = {"name": f"upc-{name}", "key": setting, "optional": setting != "MONGODB_URI"}
        stated.append({"name": setting, "valueFrom": {"secretKeyRef": place}})
    return stated


def _probe(path: str, **often: int) -> Manifest:
    """A service may wait two seconds for MongoDB to answer a ping (`shared.runtime.mongo`)."""
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 5, **often}


def _service(name: str) -> Manifest:
    ports = [{"name": "http", "port": PORTS[name], "targetPort": "http"}]
    return {**_head("v1", "Service", name), "spec": {"selector": labels(name), "ports": ports}}


def _budget(name: str) -> Manifest:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": labels(name)}, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
    return {**_head("policy/v1", "PodDisruptionBudget", name), "spec": spec}
