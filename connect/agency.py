"""An agency's system, as small as it can be: it asks that a prisoner does not contact somebody, and sees how that stands.

    python agency.py http REQUEST.json     asks over HTTP
    python agency.py kafka REQUEST.json    asks over Kafka, and reads the reply
    python agency.py status REFERENCE      says how the request stands

It needs aiokafka and httpx, and nothing of the platform's: copy it, and change it (docs/connect.md). It ends with 0 where the
request is taken in, with 1 where it is not, after every fault, and with 2 where nobody knows yet: run it again in the same
words, and it counts once.
"""

import asyncio
import hashlib
import json
import os
import ssl
import sys
import time
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

INTAKE = os.environ.get("INTAKE_URL", "http://127.0.0.1:8001")
KAFKA = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
ACCOUNTS = Path(os.environ.get("CLIENTS_FILE", "build/clients.json"))
ME = os.environ.get("CLIENT", "police")
LANE = os.environ.get("LANE", "")
"""Of an agency with topics of its own: `.victim-services`. Police and probation have none."""
REQUESTS, REPLIES = f"upc.inbound.contact-requests.v1{LANE}", f"upc.inbound.replies.v1{LANE}"
SOURCE = f"urn:example:{ME}"
PAUSES = (1, 2, 4, 8, 15, 30)
"""Seconds between tries, where the answer does not say how many."""
PATIENCE = 60
"""Seconds to wait for a reply on Kafka."""
TAKEN_IN, REFUSED, NOT_SURE = 0, 1, 2
Headers = list[tuple[str, bytes]]


class Token(httpx.Auth):
    """An OAuth 2 access token (client credentials): fetched when there is none, and once more when it has ended."""

    requires_response_body = True

    def __init__(self, accounts: Mapping[str, Any]) -> None:
        self._endpoint, self._account, self._token = accounts["token_endpoint"], accounts["clients"][ME], ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        for fetch in (not self._token, True):
            if fetch:
                form = {"grant_type": "client_credentials", **self._account}
                answer = yield httpx.Request("POST", self._endpoint, data=form)
                if not answer.is_success:
                    return  # the provider's refusal is the answer then
                self._token = answer.json()["access_token"]
            request.headers["Authorization"] = f"Bearer {self._token}"
            answer = yield request
            if answer.status_code != 401:
                return


def over_http(form: bytes) -> int:
    """Asks, with a key that is the request's own: it is the same however often this is run."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": json.loads(form)["external_id"]}
    with http() as intake:
        answer = patiently(lambda: intake.post("/api/v1/contact-requests", content=form, headers=headers))
    return NOT_SURE if answer is None else tell(said(answer))


def status(reference: str) -> int:
    """What is known to us about a request of ours."""
    with http() as intake:
        answer = patiently(lambda: intake.get(f"/api/v1/contact-requests/{reference}"))
    if answer is None or not answer.is_success:
        return NOT_SURE if answer is None else tell(said(answer))
    print(json.dumps(answer.json(), indent=2))
    return TAKEN_IN


def http() -> httpx.Client:
    return httpx.Client(base_url=INTAKE, auth=Token(json.loads(ACCOUNTS.read_text())), timeout=10)


def patiently(send: Callable[[], httpx.Response]) -> httpx.Response | None:
    """The answer. Without one the request may have been taken in all the same: so the very same is sent again."""
    for pause in PAUSES:
        try:
            answer = send()
        except httpx.TransportError as error:
            why = type(error).__name__
        else:
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            why, after = str(answer.status_code), answer.headers.get("Retry-After", "")
            pause = int(after) if after.isdecimal() else pause
        print(f"not now ({why}): the same again in {pause} s", file=sys.stderr, flush=True)
        time.sleep(pause)
    return None


def said(answer: httpx.Response) -> dict[str, Any]:
    """What the answer says; a gateway on the way may have given one of its own."""
    if "json" in answer.headers.get("content-type", ""):
        return dict(answer.json())
    return {"title": f"{answer.status_code} {answer.reason_phrase}"}


async def over_kafka(form: bytes) -> int:
    """Asks, and reads the reply to these very words, also where it was given to an earlier try.

    A system that is always there reads replies on from where it was, and finds by `external_id` whose each is.
    """
    name = hashlib.sha256(form).hexdigest()  # other words are another event: what is put right is looked at again
    consumer = AIOKafkaConsumer(REPLIES, **kafka(), auto_offset_reset="earliest")
    try:
        async with (
            asyncio.timeout(PATIENCE),
            consumer,
            AIOKafkaProducer(**kafka(), enable_idempotence=True) as producer,
        ):
            await producer.send_and_wait(REQUESTS, form, headers=headers_of(name))
            async for reply in consumer:
                if dict(reply.headers).get("traceparent", b"").split(b"-")[1:2] == [trace_of(name).encode()]:
                    return tell(json.loads(reply.value))
    except (TimeoutError, KafkaError) as error:
        print(f"not sure ({type(error).__name__}): run the same again", file=sys.stderr)
    return NOT_SURE


def headers_of(name: str) -> Headers:
    """CloudEvents 1.0 in Kafka's binary mode. Source and id name the event for ever, and the trace is found in the reply."""
    headers = {
        "ce_specversion": "1.0",
        "ce_source": SOURCE,
        "ce_id": name,
        "ce_type": "upc.inbound.contact-request",
        "ce_time": datetime.now(UTC).isoformat(),
        "content-type": "application/json",
        "traceparent": f"00-{trace_of(name)}-{name[32:48]}-01",
    }
    return [(header, value.encode()) for header, value in headers.items()]


def trace_of(name: str) -> str:
    """The id of the trace (W3C) that begins with the event of this name."""
    return name[:32]


def kafka() -> dict[str, Any]:
    """What aiokafka's clients take to come in as who we are."""
    login = json.loads(ACCOUNTS.read_text())["kafka"][ME]
    return {
        "bootstrap_servers": KAFKA,
        "security_protocol": login["security_protocol"],
        "ssl_context": ssl.create_default_context() if login["security_protocol"].endswith("SSL") else None,
        "sasl_mechanism": login["sasl_mechanism"],
        "sasl_plain_username": login["username"],
        "sasl_plain_password": login["password"],
    }


def tell(answer: Mapping[str, Any]) -> int:
    """Says what became of it: the reference, or every fault and where it is. Nothing of the request is repeated."""
    if answer.get("reference"):
        print(f"taken in: {answer['reference']}")
        return TAKEN_IN
    for fault in answer.get("faults") or [{"pointer": "", "fault": answer.get("title", "refused")}]:
        print(f"{fault['pointer'] or '/'}: {fault['fault']}")
    return REFUSED


def main() -> int:
    match sys.argv[1:]:
        case ["http", file]:
            return over_http(Path(file).read_bytes())
        case ["kafka", file]:
            return asyncio.run(over_kafka(Path(file).read_bytes()))
        case ["status", reference]:
            return status(reference)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main())
