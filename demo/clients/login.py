"""With what an organisation comes to Kafka: the address, and its own part of `clients.json` (CONTRACT.md)."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def kafka(party: str, env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What aiokafka's clients take to connect as `party`. Where the file names nobody, nobody is asked who they are."""
    file = Path(env["CLIENTS_FILE"])
    known = json.loads(file.read_text()).get("kafka", {}) if file.exists() else {}
    connection = {"bootstrap_servers": env["KAFKA_BOOTSTRAP_SERVERS"]}
    if party not in known:
        return connection
    own = known[party]
    return connection | {
        "security_protocol": own["security_protocol"],
        "sasl_mechanism": own["sasl_mechanism"],
        "sasl_plain_username": own["username"],
        "sasl_plain_password": own["password"],
    }
