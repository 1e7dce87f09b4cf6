"""Keycloak on one machine: a real OpenID Connect provider, from its Maven package, with the realm as code."""

from deploy.local.keycloak.browser import HTML, sign_in
from deploy.local.keycloak.identity import Identity
from deploy.local.keycloak.realm import CLIENTS, PEOPLE, SYSTEMS, Client
from deploy.local.keycloak.server import KeycloakServer, provided

__all__ = ["CLIENTS", "HTML", "PEOPLE", "SYSTEMS", "Client", "Identity", "KeycloakServer", "provided", "sign_in"]
