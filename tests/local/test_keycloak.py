"""The identity provider of one machine: nobody else on it can read a secret, and the realm is what the code says."""

import json
import stat
import urllib.request
from pathlib import Path

import psutil
import pytest

from deploy.local.keycloak import CLIENTS, PEOPLE, Client, KeycloakServer
from deploy.local.keycloak.realm import realm
from deploy.local.keycloak.server import prepare
from shared.domain.access import NATIONAL, Role
from shared.domain.prisons import is_prison


def test_no_secret_is_on_a_command_line_or_in_a_file_that_others_can_read(keycloak: KeycloakServer) -> None:
    secrets = [secret.encode() for secret in keycloak.identity.secrets.values()]
    assert len({*secrets}) == len(secrets) > len(CLIENTS)
    assert all(len(secret) >= 32 for secret in secrets)
    assert stat.S_IMODE(keycloak.data_dir.stat().st_mode) == 0o700
    holding = [file for file in keycloak.data_dir.rglob("*") if file.is_file() and _has_any(file, secrets)]
    assert {file.suffix for file in holding} == {".json", ".db"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in holding} == {0o600}
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not any(secret.decode() in line for secret in secrets for line in lines)


def _has_any(file: Path, secrets: list[bytes]) -> bool:
    held = file.read_bytes()
    return any(secret in held for secret in secrets)


def test_nobody_can_make_themselves_its_administrator(keycloak: KeycloakServer) -> None:
    root = keycloak.issuer.partition("/realms/")[0]
    with urllib.request.urlopen(root) as page:
        assert b"<form" not in page.read()


def test_the_data_are_kept_as_long_as_the_realm_is_the_same_and_made_anew_when_it_is_not(tmp_path: Path) -> None:
    prepare(tmp_path, "{}")
    left = tmp_path / "data/h2/left"
    left.touch()
    prepare(tmp_path, "{}")
    assert left.exists()
    prepare(tmp_path, '{"realm": "another"}')
    assert not left.exists()
    assert (tmp_path / "data/h2/keycloakdb.mv.db").exists()


def test_secrets_stay_the_same_and_a_new_client_gets_one(tmp_path: Path) -> None:
    first = KeycloakServer(tmp_path, 1, clients={"police": CLIENTS["police"]}).secrets()
    again = KeycloakServer(tmp_path, 1).secrets()
    assert again["police"] == first["police"]
    assert again.keys() == {*CLIENTS, *PEOPLE}
    assert KeycloakServer(tmp_path, 1).secrets() == again


@pytest.mark.parametrize("name", [*CLIENTS, *PEOPLE])
def test_everybody_in_the_realm_has_roles_and_prisons_that_there_are(name: str) -> None:
    holder = PEOPLE.get(name) or CLIENTS[name]
    assert Role.PUBLIC not in {Role(role) for role in holder.roles}
    assert bool(holder.roles) is (name != "desk")
    assert all(prison == NATIONAL or is_prison(prison) for prison in holder.prisons)


def test_every_role_is_somebodys_and_nobody_in_the_realm_manages_it() -> None:
    assert {role for client in CLIENTS.values() for role in client.roles} == set(Role) - {Role.PUBLIC}
    made = json.dumps(realm(CLIENTS, PEOPLE, dict.fromkeys((*CLIENTS, *PEOPLE), "secret")))
    assert "realm-management" not in made
    assert "realm-management" in json.dumps(realm({"a": Client(manages_realm=True)}, {}, {"a": "secret"}))
