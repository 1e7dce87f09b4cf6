"""`python -m shared.runtime.audit verify [--service NAME] [--anchors FILE]`: says what is wrong with the audit logs; 1 where
anything is. FILE is what `GET /api/v1/audit-anchors` of records answered once, kept where nobody comes who has the databases.

`python -m shared.runtime.audit about A1234BC`: who read and wrote what is kept about this prisoner number, reference or id.
"""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from shared.events.principals import SERVICES
from shared.runtime.audit.anchoring import Anchor
from shared.runtime.audit.reading import Logs
from shared.runtime.kms import KeyRefused
from shared.runtime.mongo import Unavailable
from shared.runtime.settings import Misconfigured, Settings


async def verify(logs: Logs, services: tuple[str, ...], elsewhere: Sequence[Anchor]) -> int:
    wrong = 0
    for service in services:
        found = await logs.wrong_with(service, elsewhere)
        wrong += len(found)
        for fault in found:
            print(f"{service}: {fault}")
    print(f"{wrong} faults" if wrong else f"nothing is wrong with the audit log of {', '.join(services)}")
    return 1 if wrong else 0


async def about(logs: Logs, services: tuple[str, ...], names: list[str]) -> int:
    for service in services:
        for deed in await logs.about(service, names):
            print(line(service, deed))
    return 0


def line(service: str, deed: Mapping[str, Any]) -> str:
    """On one line, whatever others wrote into it: who sends an event chooses its source."""
    said = f"{deed['at']} {service} {deed['who']} {deed['what']} ({deed['why']}): {deed['came_of_it']}"
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in said)


def _anchors(file: Path | None) -> Sequence[Anchor]:
    return TypeAdapter(list[Anchor]).validate_json(file.read_bytes()) if file else ()


def main(arguments: list[str]) -> int:
    parser = ArgumentParser("python -m shared.runtime.audit", description=__doc__)
    parser.add_argument("do", choices=("verify", "about"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--service", choices=SERVICES)
    parser.add_argument("--anchors", type=Path, metavar="FILE")
    asked = parser.parse_args(arguments)
    services = (asked.service,) if asked.service else SERVICES
    try:
        logs, elsewhere = Logs(Settings()), _anchors(asked.anchors)
        verifying = asked.do == "verify"
        return asyncio.run(verify(logs, services, elsewhere) if verifying else about(logs, services, asked.names))
    except (KeyRefused, Misconfigured) as wrong:
        print(wrong, file=sys.stderr)
    except Unavailable:
        print("MongoDB can't be reached", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
