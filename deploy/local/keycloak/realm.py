"""The realm as code: who can get an access token here, and what it says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

REALM, AUDIENCE, SCOPE = "upc", "upc", "upc"
LIFESPAN = 300
"""Seconds that an access token lasts."""
USER_PROFILE = {
    "unmanagedAttributePolicy": "ADMIN_EDIT",
    "attributes": [{"name": name} for name in ("username", "email", "firstName", "lastName")],
}
"""Nobody but an administrator says which organisation or prisons somebody has."""


@dataclass(frozen=True)
class Client:
    """A system that gets tokens with a secret of its own (client credentials). `manages_realm` is for tests alone.

    One that `signs_people_in` gets them for people who sign in (authorisation code with PKCE), and none for itself.
    """

    roles: Sequence[str] = ()
    organisation: str | None = None
    prisons: Sequence[str] = ()
    manages_realm: bool = False
    signs_people_in: bool = False


@dataclass(frozen=True)
class Person:
    """Somebody who signs in, by user name and a password that is made fresh on each machine."""

    first_name: str
    last_name: str
    roles: Sequence[str]
    prisons: Sequence[str] = ()


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
    "desk": Client(signs_people_in=True),
}
SYSTEMS = tuple(name for name, client in CLIENTS.items() if not client.signs_people_in)
"""Those that get access tokens for themselves."""
PEOPLE: Mapping[str, Person] = {
    "sam": Person("Sam", "Leeds", ["prison_staff"], ["LEI"]),
    "alex": Person("Alex", "Leeds", ["prison_staff"], ["LEI"]),
    "pat": Person("Pat", "Moorland", ["prison_staff"], ["MDI"]),
    "jo": Person("Jo", "Newcomer", ["prison_staff"]),
    "olu": Person("Olu", "Operator", ["operator"]),
    "chris": Person("Chris", "Central", ["central"]),
    "robin": Person("Robin", "Reliability", ["sre"]),
}
"""Who can try the desk out: staff of two prisons and of none yet, an operator, central staff, and who runs the machines."""


def realm(clients: Mapping[str, Client], people: Mapping[str, Person], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The realm as Keycloak imports it. Each system has a service account that holds its roles and attributes."""
    systems = {name: client for name, client in clients.items() if not client.signs_people_in}
    holders: Sequence[Client | Person] = (*clients.values(), *people.values())
    roles = sorted({role for holder in holders for role in holder.roles})
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "external",
        "registrationAllowed": False,
        "accessTokenLifespan": LIFESPAN,
        "roles": {"realm": [{"name": role} for role in roles]},
        "clientScopes": [{"name": SCOPE, "protocol": "openid-connect", "protocolMappers": MAPPERS}],
        "defaultDefaultClientScopes": [SCOPE],
        "authenticationFlows": _FLOWS,
        "browserFlow": _FLOWS[0]["alias"],
        "clients": [_client(name, client, secrets[name]) for name, client in clients.items()],
        "users": [
            *(_service_account(name, client) for name, client in systems.items()),
            *(_person(name, person, secrets[name]) for name, person in people.items()),
        ],
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {"providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [dumps(USER_PROFILE)]}}
            ]
        },
    }


def _client(name: str, client: Client, secret: str) -> dict[str, Any]:
    made = {
        "clientId": name,
        "secret": secret,
        "publicClient": False,
        "serviceAccountsEnabled": not client.signs_people_in,
        "standardFlowEnabled": client.signs_people_in,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": True,
        "defaultClientScopes": [SCOPE],
    }
    return made | _DOOR if client.signs_people_in else made


def _person(name: str, person: Person, password: str) -> dict[str, Any]:
    return {
        "username": name,
        "enabled": True,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "realmRoles": list(person.roles),
        "attributes": {"prisons": list(person.prisons)},
        "credentials": [{"type": "password", "value": password, "temporary": False}],
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

_DOOR = {
    "redirectUris": ["http://127.0.0.1/signed-in"],
    "attributes": {
        "pkce.code.challenge.method": "S256",
        "post.logout.redirect.uris": "http://127.0.0.1/signed-out",
    },
    "protocolMappers": [_mapper("full-name", "full name", **{"id.token.claim": "true"})],
}
"""Where a client that signs people in may send them back to: on this machine, at whatever port."""


def _flow(alias: str, *executions: dict[str, Any], top: bool = False) -> dict[str, Any]:
    ordered = [execution | {"priority": place} for place, execution in enumerate(executions)]
    flow = {"alias": alias, "providerId": "basic-flow", "topLevel": top, "builtIn": False}
    return flow | {"authenticationExecutions": ordered}


_FLOWS = [
    _flow(
        "people",
        {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
        {"flowAlias": "people's passwords", "authenticatorFlow": True, "requirement": "ALTERNATIVE"},
        top=True,
    ),
    _flow("people's passwords", {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}),
]
"""How people sign in here: by password, without the kinds of second factor that this Keycloak is built without."""
