"""`python -m shared.runtime.audit verify [--service NAME]`: says what is wrong with the audit logs; 1 where anything is.

`python -m shared.runtime.audit about A1234BC`: who read and wrote what is kept about this prisoner number, reference or id.
"""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from shared.events.principals import SERVICES
from shared.runtime.audit.reading import Logs
from shared.runtime.kms import KeyRefused
from shared.runtime.mongo import Unavailable
from shared.runtime.settings import Misconfigured, Settings


async def verify(logs: Logs, services: tuple[str, ...]) -> int:
    wrong = 0
    for service in services:
        found = await logs.wrong_with(service)
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


def main(arguments: list[str]) -> int:
    parser = ArgumentParser("python -m shared.runtime.audit", description=__doc__)
    parser.add_argument("do", choices=("verify", "about"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--service", choices=SERVICES)
    asked = parser.parse_args(arguments)
    services = (asked.service,) if asked.service else SERVICES
    try:
        logs = Logs(Settings())
        return asyncio.run(verify(logs, services) if asked.do == "verify" else about(logs, services, asked.names))
    except (KeyRefused, Misconfigured) as wrong:
        print(wrong, file=sys.stderr)
    except Unavailable:
        print("MongoDB can't be reached", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
