"""The demo's outside clients get their access tokens as anybody does: from what `clients.json` says."""

import json
from pathlib import Path
from typing import Any

import httpx
import jwt

from demo.clients.tokens import Bearer
from deploy.local.keycloak import Identity


def claims(answer: httpx.Response) -> Any:
    return jwt.decode(
        answer.request.headers["Authorization"].removeprefix("Bearer "), options={"verify_signature": False}
    )


async def test_a_token_is_fetched_once_kept_and_fetched_anew_before_it_ends(tmp_path: Path, identity: Identity) -> None:
    clients = tmp_path / "clients.json"
    clients.write_text(json.dumps({"token_endpoint": identity.token_endpoint, "clients": identity.clients}))
    bearer = Bearer(clients, "victim_services")
    async with httpx.AsyncClient(auth=bearer) as http:
        first, second = [claims(await http.get(identity.issuer)) for _ in range(2)]
        bearer._until = 0.0
        third = claims(await http.get(identity.issuer))
    assert first == second
    assert first["organisation"] == third["organisation"] == "Victim Support"
    assert first["jti"] != third["jti"]
