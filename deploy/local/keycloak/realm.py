"""The realm as code: who can get an access token here, and what it says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

REALM, AUDIENCE, SCOPE = "upc", "upc", "upc"
LIFESPAN = 300
"""Seconds that an access token lasts."""
USER_PROFILE = {"unmanagedAttributePolicy": "ADMIN_EDIT", "attributes": [{"name": "username"}, {"name": "email"}]}
"""Nobody but an administrator says which organisation or prisons somebody has."""


@dataclass(frozen=True)
class Client:
    """A system that gets tokens with a secret of its own (client credentials). `manages_realm` is for tests alone."""

    roles: Sequence[str] = ()
    organisation: str | None = None
    prisons: Sequence[str] = ()
    manages_realm: bool = False


CLIENTS: Mapping[str, Client] = {
    "police": Client(["police"], "West Yorkshire Police"),
    "probation": Client(["probation"], "Probation Service"),
    "victim_services": Client(["agency"], "Victim Support"),
    "estate": Client(["estate"], "HM Prison and Probation Service", ["*"]),
    "estate-LEI": Client(["estate"], "HMP Leeds", ["LEI"]),
    "estate-MDI": Client(["estate"], "HMP Moorland", ["MDI"]),
    "prison_staff": Client(["prison_staff"], "HMP Leeds", ["LEI"]),
    "operator": Client(["operator"], "Unwanted Prisoner Contact Service"),
    "central": Client(["central"], "Unwanted Prisoner Contact Service"),
    "integrity": Client(["integrity"], "Unwanted Prisoner Contact Service"),
    "sre": Client(["sre"], "Unwanted Prisoner Contact Service"),
}


def realm(clients: Mapping[str, Client], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The realm as Keycloak imports it. Each client has a service account that holds its roles and attributes."""
    roles = sorted({role for client in clients.values() for role in client.roles})
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "external",
        "registrationAllowed": False,
        "accessTokenLifespan": LIFESPAN,
        "roles": {"realm": [{"name": role} for role in roles]},
        "clientScopes": [{"name": SCOPE, "protocol": "openid-connect", "protocolMappers": MAPPERS}],
        "defaultDefaultClientScopes": [SCOPE],
        "clients": [_client(name, secrets[name]) for name in clients],
        "users": [_service_account(name, client) for name, client in clients.items()],
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {"providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [dumps(USER_PROFILE)]}}
            ]
        },
    }


def _client(name: str, secret: str) -> dict[str, Any]:
    return {
        "clientId": name,
        "secret": secret,
        "publicClient": False,
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": True,
        "defaultClientScopes": [SCOPE],
    }


def _service_account(name: str, client: Client) -> dict[str, Any]:
    organisation = [client.organisation] if client.organisation else []
    return {
        "username": f"service-account-{name}",
        "enabled": True,
        "serviceAccountClientId": name,
        "realmRoles": list(client.roles),
        "clientRoles": {"realm-management": ["realm-admin"]} if client.manages_realm else {},
        "attributes": {"organisation": organisation, "prisons": list(client.prisons)},
    }


def _mapper(kind: str, name: str, **config: str) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": f"oidc-{kind}-mapper",
        "config": {"access.token.claim": "true", "introspection.token.claim": "true"} | config,
    }


def _attribute(name: str, many: bool) -> dict[str, Any]:
    multivalued = str(many).lower()
    config = {"user.attribute": name, "claim.name": name, "jsonType.label": "String", "multivalued": multivalued}
    return _mapper("usermodel-attribute", name, **config)


MAPPERS = [
    _mapper("sub", "subject"),
    _mapper("audience", "audience", **{"included.custom.audience": AUDIENCE}),
    _mapper(
        "usermodel-realm-role", "roles", **{"claim.name": "roles", "multivalued": "true", "jsonType.label": "String"}
    ),
    _attribute("organisation", many=False),
    _attribute("prisons", many=True),
]
"""What an access token says, under the names that the services' settings have by default."""
