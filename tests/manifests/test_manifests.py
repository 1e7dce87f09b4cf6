"""What `deploy/k8s` holds: it can be built, its fields are there, and it is as safe and as agreed with the code as it says."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from deploy.k8s.__main__ import files
from deploy.k8s.services import GRACE
from deploy.local.process import ROOT
from services.desk.settings import DeskSettings
from services.desk.web.news import STREAM
from services.mailbox.settings import MailboxSettings
from services.notifications.settings import SendingSettings
from shared.events.principals import AGENCIES, INSIDE, OUTSIDE, SERVICES
from shared.events.topics import ALL, PARTITIONS, with_lanes
from shared.runtime.acls import ADMINISTRATOR
from shared.runtime.callers import OBSERVED
from shared.runtime.kafka import GIVING_UP_MS
from shared.runtime.settings import PORTS, Settings
from tests.manifests.manifests import OVERLAYS, Manifest, built, faults, is_custom, named, of, pods, schema_of

SETTINGS = {
    name.upper() for model in (Settings, SendingSettings, MailboxSettings, DeskSettings) for name in model.model_fields
}
FULL = ("production", "own-kafka")


def test_what_follows_from_the_code_is_as_the_code_says() -> None:
    differs = [file.name for file, text in files().items() if not file.exists() or file.read_text() != text]
    assert differs == [], "make them again: python -m deploy.k8s"


def test_every_field_is_one_that_kubernetes_knows() -> None:
    for manifest in everything():
        if not is_custom(manifest):
            schema_of(manifest).validate(manifest)


def test_every_field_of_a_custom_resource_is_one_that_its_operator_knows() -> None:
    assert faults([manifest for manifest in everything() if is_custom(manifest)]) == []


SLIPS: list[tuple[str, str, tuple[str, ...], Any]] = [
    ("ScaledObject", "intake", ("spec", "minReplicas"), 2),
    ("ScaledObject", "intake", ("spec", "maxReplicaCount"), "six"),
    ("Kafka", "upc", ("spec", "kafka", "listener"), []),
    ("KafkaUser", "intake", ("spec", "authorization", "acl"), []),
    ("ServiceMonitor", "upc", ("spec", "endpoints"), [{"port": "http", "honourLabels": True}]),
    ("ExternalSecret", "upc-intake", ("spec", "refresh"), "1h"),
]


def test_a_slip_in_a_custom_resource_is_found() -> None:
    """Also a field that no schema minds and no cluster keeps."""
    assert len(faults([slipped(*slip) for slip in SLIPS])) == len(SLIPS)


def test_a_slip_in_any_other_is_found() -> None:
    slip = slipped("Deployment", "intake", ("spec", "template", "spec", "terminationGracePeriod"), 70)
    assert not schema_of(slip).is_valid(slip)
    assert schema_of(slip).is_valid(named("production", "Deployment", "intake"))


def slipped(kind: str, name: str, place: tuple[str, ...], value: Any) -> Manifest:
    manifest = copy.deepcopy(named("production", kind, name))
    *way, last = place
    inner = manifest
    for key in way:
        inner = inner[key]
    inner[last] = value
    return manifest


def everything() -> list[Manifest]:
    """Every manifest of every overlay, once."""
    manifests = {json.dumps(manifest, sort_keys=True): manifest for overlay in OVERLAYS for manifest in built(overlay)}
    return list(manifests.values())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_as_the_restricted_standard_has_it_and_more(overlay: str) -> None:
    for who, template in pods(overlay):
        pod = template["spec"]
        security = pod["securityContext"]
        assert security["runAsNonRoot"], who
        assert security["runAsUser"] > 0, who
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, who
        assert pod["automountServiceAccountToken"] is False, who
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), who
        assert all(volume.keys() & {"emptyDir", "projected", "secret"} for volume in pod["volumes"]), who
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, who
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, who
            assert "memory" in container["resources"]["limits"], who


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_runs_on_its_own_port_with_probes_that_ask_it(overlay: str) -> None:
    for name in SERVICES:
        (container,) = named(overlay, "Deployment", name)["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["-m", f"services.{name}"]
        assert container["ports"] == [{"name": "http", "containerPort": PORTS[name]}]
        asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
        assert {each["port"] for each in asked.values()} == {"http"}
        assert {probe: each["path"] for probe, each in asked.items()} == {
            "startup": "/livez",
            "liveness": "/livez",
            "readiness": "/callable",
        }
        service = named(overlay, "Service", name)["spec"]
        labels = named(overlay, "Deployment", name)["spec"]["template"]["metadata"]["labels"]
        assert service["selector"].items() <= labels.items()
        assert [port["port"] for port in service["ports"]] == [PORTS[name]]


def test_a_service_is_given_the_time_to_finish_what_it_has_in_hand() -> None:
    """Its pages may be open for so long, and what it took from Kafka be in hand; nothing is cut off by a roll-out."""
    for name in SERVICES:
        pod = named("production", "Deployment", name)["spec"]["template"]["spec"]
        before = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] == GRACE > before + STREAM + GIVING_UP_MS / 1000


@pytest.mark.parametrize("overlay", FULL)
def test_a_roll_out_takes_no_instance_away_before_another_is_ready_and_a_drain_only_one(overlay: str) -> None:
    for name in SERVICES:
        spec = named(overlay, "Deployment", name)["spec"]
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert named(overlay, "PodDisruptionBudget", name)["spec"]["maxUnavailable"] == 1
        assert {each["topologyKey"] for each in spec["template"]["spec"]["topologySpreadConstraints"]} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }


@pytest.mark.parametrize("overlay", FULL)
def test_a_service_grows_with_the_lag_of_its_own_group_and_never_beyond_its_partitions(overlay: str) -> None:
    for name in SERVICES:
        spec = named(overlay, "ScaledObject", name)["spec"]
        assert "replicas" not in named(overlay, "Deployment", name)["spec"], "two would say how many there are"
        assert spec["scaleTargetRef"] == {"name": name}
        assert 2 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] == PARTITIONS
        (trigger,) = spec["triggers"]
        assert trigger["metadata"]["consumerGroup"] == f"upc-{name}"
        assert trigger["metadata"]["bootstrapServers"] == settings(overlay)["KAFKA_BOOTSTRAP_SERVERS"]
        assert named(overlay, "TriggerAuthentication", trigger["authenticationRef"]["name"])


def settings(overlay: str) -> Mapping[str, str]:
    """What all services are set to."""
    (config,) = (each for each in of(overlay, "ConfigMap") if each["metadata"]["name"].startswith("upc-settings"))
    return dict(config["data"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_setting_is_one_that_a_service_has(overlay: str) -> None:
    given = set(settings(overlay))
    for _, template in pods(overlay):
        (container,) = template["spec"]["containers"]
        given |= {each["name"] for each in container.get("env", ())}
    assert given - SETTINGS == set()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_settings_are_such_that_a_service_takes_them(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings(overlay).items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert read.kafka_security_protocol == "SASL_SSL"
    assert read.oidc_issuer
    assert read.kms_provider
    assert read.agencies == AGENCIES


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_there_is_no_secret_in_the_manifests(overlay: str) -> None:
    """`KMS_MASTER_KEY` says which key it is, and where."""
    assert of(overlay, "Secret") == []
    secret = ("PASSWORD", "SECRET", "API_KEY", "CREDENTIALS", "URI")
    assert [name for name in settings(overlay) if name.endswith(secret)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_its_own_secrets_alone(name: str) -> None:
    pod = named("production", "Deployment", name)["spec"]["template"]["spec"]
    used = [each["valueFrom"]["secretKeyRef"] for each in pod["containers"][0]["env"] if "valueFrom" in each]
    fetched = named("production", "ExternalSecret", f"upc-{name}")["spec"]
    assert {each["name"] for each in used} == {fetched["target"]["name"]} == {f"upc-{name}"}
    assert fetched["dataFrom"] == [{"extract": {"key": f"upc/{name}"}}]
    assert "data" not in fetched, "where one of them is missing none would be fetched"
    assert [each["key"] for each in used if not each["optional"]] == ["MONGODB_URI"]
    told = (ROOT / "docs/running.md").read_text()
    assert all(f"`{each['key']}`" in told for each in used)
    (files_of_kafka,) = (volume["projected"]["sources"] for volume in pod["volumes"] if "projected" in volume)
    assert [source["secret"]["name"] for source in files_of_kafka] == [name, "upc-cluster-ca-cert"]


@pytest.mark.parametrize("overlay", ["try", "production"])
def test_topics_and_who_may_do_what_on_them_are_the_code_s(overlay: str) -> None:
    topics = {each["metadata"]["name"]: each["spec"] for each in of(overlay, "KafkaTopic")}
    assert topics.keys() == {topic.name for topic in with_lanes(ALL, AGENCIES)}
    assert {spec["partitions"] for spec in topics.values()} == {PARTITIONS}
    brokers = named(overlay, "KafkaNodePool", "brokers")["spec"]["replicas"]
    assert {spec["replicas"] for spec in topics.values()} == {brokers}
    config = named(overlay, "Kafka", "upc")["spec"]["kafka"]["config"]
    assert config["min.insync.replicas"] == brokers // 2 + 1
    users = {each["metadata"]["name"] for each in of(overlay, "KafkaUser")}
    assert users == {*INSIDE, *OUTSIDE, *AGENCIES, ADMINISTRATOR}


@pytest.mark.parametrize("overlay", ["try", "production"])
def test_one_login_mends_by_hand_and_the_broker_asks_it_nothing(overlay: str) -> None:
    assert named(overlay, "Kafka", "upc")["spec"]["kafka"]["authorization"]["superUsers"] == [ADMINISTRATOR]
    assert "authorization" not in named(overlay, "KafkaUser", ADMINISTRATOR)["spec"]


def test_the_operator_s_pod_can_be_made_and_reaches_kafka_and_services() -> None:
    """It is in no overlay: somebody starts it, and it ends by itself."""
    pod = yaml.safe_load((ROOT / "deploy/k8s/operator.yaml").read_text())
    schema_of(pod).validate(pod)
    env = {each["name"]: each["value"] for each in pod["spec"]["containers"][0]["env"]}
    assert json.loads(env["UPC_URLS"]) == {name: f"http://{name}:{PORTS[name]}" for name in SERVICES}
    labels = pod["metadata"]["labels"]
    (goes,) = named("production", "NetworkPolicy", "operator-asks")["spec"]["egress"]
    (comes,) = named("production", "NetworkPolicy", "services-answer-the-operator")["spec"]["ingress"]
    assert comes["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "operator"}}}]
    assert labels == {"app.kubernetes.io/name": "operator", "app.kubernetes.io/part-of": "upc"}
    assert goes["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "upc"}}}]


def test_a_kafka_of_ones_own_gets_its_topics_from_a_job_and_nothing_of_strimzi_is_left() -> None:
    assert of("own-kafka", "Kafka", "KafkaTopic", "KafkaUser", "KafkaNodePool") == []
    (container,) = named("own-kafka", "Job", "topics")["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["-m", "shared.runtime.topics"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whoever_is_not_named_reaches_nobody(overlay: str) -> None:
    rules = {each["metadata"]["name"]: each["spec"] for each in of(overlay, "NetworkPolicy")}
    assert rules["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    open_to_all = [name for name, spec in rules.items() for rule in spec.get("ingress", ()) if not rule.get("from")]
    assert open_to_all == [], "a rule without `from` lets everybody in"
    between = [each for spec in rules.values() for rule in spec.get("ingress", ()) for each in rule["from"]]
    assert not [each for each in between if each == {"podSelector": {}}]


def test_the_doors_have_tls_and_what_runs_the_service_is_not_behind_them() -> None:
    doors = {each["metadata"]["name"]: each["spec"] for each in of("production", "Ingress")}
    behind = {}
    for name, door in doors.items():
        (rule,) = door["rules"]
        assert [rule["host"]] == door["tls"][0]["hosts"]
        paths = {each["path"]: each["backend"]["service"]["name"] for each in rule["http"]["paths"]}
        behind[name] = {path: service for path, service in paths.items() if service != "nowhere"}
        if "/" in paths:
            assert [paths[path] for path in OBSERVED] == ["nowhere"] * len(OBSERVED)
    assert behind == {"public": {"/": "intake"}, "desk": {"/": "desk"}, "estates": {"/api/v1/prisoners": "blocking"}}
    assert "selector" not in named("production", "Service", "nowhere")["spec"]


@pytest.mark.parametrize("overlay", FULL)
def test_who_issues_certificates_reaches_what_answers_for_the_host(overlay: str) -> None:
    spec = named(overlay, "NetworkPolicy", "certificates")["spec"]
    assert spec["podSelector"] == {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}}
    (rule,) = spec["ingress"]
    (services,) = named(overlay, "NetworkPolicy", "from-outside")["spec"]["ingress"]
    assert rule == services | {"ports": [{"protocol": "TCP", "port": 8089}]}


def test_everything_that_prometheus_is_to_read_is_found_by_it_and_may_be_reached() -> None:
    monitor = named("production", "ServiceMonitor", "upc")["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    found = {each["metadata"]["name"] for each in of("production", "Service") if wanted <= labels_of(each).items()}
    assert found == set(SERVICES)
    jobs = {
        labels_of(each)[monitor["jobLabel"]]
        for each in of("production", "Service")
        if wanted <= labels_of(each).items()
    }
    assert jobs == {"upc"}, "rules ask for that job"
    (endpoint,) = monitor["endpoints"]
    assert (endpoint["port"], endpoint["path"], endpoint["honorLabels"]) == ("http", "/metrics", True)


def labels_of(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    return dict(manifest["metadata"].get("labels", {}))
