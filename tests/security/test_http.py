"""HTTP as OWASP's ASVS asks (level 2): what every answer says to browsers, and what no request may be."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from shared.events.principals import SERVICES
from shared.runtime import guard, server
from tests.intake import forms
from tests.security.conftest import Platform

API = "/api/v1/contact-requests"
PAGES = (
    "/livez",
    "/readyz",
    "/callable",
    "/metrics",
    "/openapi",
    "/openapi.json",
    "/asyncapi",
    "/asyncapi.json",
    "/described.css",
    "/nowhere",
    "/docs",
)


def guarded(headers: Mapping[str, str]) -> bool:
    """Whether an answer says all that it should, once, and nothing of what it is made with."""
    told = {name: value for name, value in headers.items() if name in guard.HEADERS}
    return told == guard.HEADERS and not headers.keys() & {
        "server",
        "x-powered-by",
        "set-cookie",
        "strict-transport-security",
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_of_every_service_is_guarded(platform: Platform, service: str) -> None:
    http = platform.http(service)
    asked = [await http.get(page) for page in PAGES]
    asked += [await http.request(method, "/livez") for method in ("POST", "HEAD", "OPTIONS", "TRACE", "BREW")]
    assert [answer.url.path for answer in asked if not guarded(answer.headers)] == []
    assert [answer.status_code for answer in asked] == [200] * 9 + [404] * 2 + [405] * 5
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in asked[9:])
    assert all(answer.headers["allow"] for answer in asked[11:])


async def test_every_refusal_is_guarded(platform: Platform) -> None:
    http = platform.http("intake")
    refused = [
        await http.post(API, content=b"{"),
        await http.post(API, content=b"x=1", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        await http.post(API, content=b" " * 1_000_001),
        await http.post(API, json={}),
        await http.get(f"{API}/nonsense"),
        await platform.http("blocking").get("/api/v1/prisoners/nonsense/block-list"),
    ]
    assert [answer.status_code for answer in refused] == [400, 415, 413, 422, 404, 422]
    assert all(guarded(answer.headers) for answer in refused)
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in refused)


async def test_forms_are_taken_where_pages_are_and_nowhere_else(platform: Platform) -> None:
    http, form = platform.http("intake"), {"Content-Type": guard.FORM}
    assert (await http.post("/request/begin", content=b"", headers=form)).status_code == 303
    refused = [
        await http.post(API, content=b"x=1", headers=form),
        await http.post("/requests", content=b"x=1", headers=form),
        await http.post("/request/begin", json={}),
        await http.post("/request/x/who", content=b"", headers={"Content-Type": "multipart/form-data; boundary=x"}),
    ]
    assert [answer.status_code for answer in refused] == [415] * 4
    assert all(guarded(answer.headers) for answer in refused)


async def test_a_fault_of_ours_is_guarded_and_says_nothing_of_itself() -> None:
    app = FastAPI()
    guard.install(app, ["/form"])

    @app.get("/")
    async def broken() -> None:
        raise ValueError("Jane Example")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.json()["title"]) == (500, "Something went wrong")
    assert guarded(answer.headers)


async def test_who_came_by_tls_is_told_to_stay_with_it() -> None:
    app = FastAPI()
    guard.install(app, ["/form"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://test") as http:
        assert (await http.get("/")).headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("service", SERVICES)
async def test_pages_have_nothing_that_their_policy_forbids(platform: Platform, service: str) -> None:
    """No style and no program inside the page, nothing from elsewhere; what it loads is there, and what it leads to."""
    http = platform.http(service)
    for path in ("/asyncapi", "/openapi"):
        page = (await http.get(path)).text
        assert not re.search(r"<style|<script|\sstyle=|\son\w+=|javascript:|src=", page)
        assert set(re.findall(r'href="#([^"]+)', page)) <= set(re.findall(r'id="([^"]+)', page))
        loaded = re.findall(r'<link rel="?stylesheet"? href="?([^ ">]+)', page)
        assert loaded
        for sheet in loaded:
            assert sheet.startswith("/")
            assert (await http.get(sheet)).headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("Application/JSON", 202),
        ("application/vnd.upc.request+json", 202),
        (None, 202),
        ("text/plain", 415),
        ("text/json", 415),
        ("application/jsonx", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/xml", 415),
    ],
)
async def test_a_body_is_json_or_refused(platform: Platform, kind: str | None, status: int) -> None:
    http, body = platform.http("intake"), forms.request()
    request = http.build_request("POST", API, json=body)
    del request.headers["content-type"]
    request.headers.update({"content-type": kind} if kind else {})
    assert (await http.send(request)).status_code == status


async def test_no_other_site_may_read_or_send(platform: Platform) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        await platform.http("intake").options(API, headers=asks),
        await platform.http("intake").get("/openapi.json", headers=asks),
    ):
        assert not any(name.startswith("access-control") for name in answer.headers)


async def test_whom_the_caller_thinks_it_speaks_to_changes_nothing(platform: Platform) -> None:
    http, forged = platform.http("intake"), {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answers = [
        await http.post(API, json=forms.request(), headers=forged),
        await http.post(f"{API}/", json=forms.request(), headers=forged),
        await http.get("/", headers=forged),
    ]
    assert [answer.status_code for answer in answers] == [202, 404, 200]
    assert not any("evil" in str(answer.headers) + answer.text for answer in answers)


@asynccontextmanager
async def wire(platform: Platform) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to intake, for what no HTTP client would send."""
    url = platform.http("intake").base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def said(platform: Platform, request: bytes) -> bytes:
    """All that is answered to `request` until the server closes the connection."""
    async with wire(platform) as (reader, writer):
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 20)


HEAD = b"POST /api/v1/breach-reports HTTP/1.1\r\nHost: x\r\n"
"""Of a call that needs no account."""


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        HEAD + b"Content-Length: -2\r\n\r\n{}",
        HEAD + b"Content-Length : 2\r\n\r\n{}",
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;\nx\r\n{}\r\n0\r\n\r\n",
        HEAD + b"X: a\x00b\r\n\r\n",
        HEAD + b"Host: y\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET http://evil.example/ /x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"HELO there\r\n\r\n",
    ],
)
async def test_what_two_servers_could_read_in_two_ways_is_read_in_none(platform: Platform, request_: bytes) -> None:
    """Refused once, guarded, and the connection is closed: nothing after it is taken for another request."""
    answer = await said(platform, request_)
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert status.split()[1] == "400"
    assert guarded(headers)
    assert headers["content-type"] == "application/problem+json"
    assert b"HTTP/1.1" not in body


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nIdempotency-Key: " + b"k" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 40_000,
    ],
)
async def test_a_head_without_end_is_refused(platform: Platform, head: bytes) -> None:
    answer = await said(platform, head)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert b"content-security-policy" in answer


async def test_a_head_that_comes_a_byte_at_a_time_is_not_waited_for(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LONGEST_HEAD", 0.5)
    for sent in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: "):
        async with wire(platform) as (reader, writer):
            writer.write(sent)
            assert await asyncio.wait_for(reader.read(), 20) == b""


async def test_a_second_head_that_never_comes_is_not_waited_for(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LONGEST_HEAD", 0.5)
    answer = await said(platform, b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /nowhere HTTP/1.1\r\nHost:")
    assert answer.count(b"HTTP/1.1 404") == 1


async def test_a_connection_is_kept_for_longer_than_proxies_and_clients_keep_theirs(platform: Platform) -> None:
    """Most drop what was idle for five seconds, or for sixty: whoever drops first never sends into a closing connection."""
    async with wire(platform) as (reader, writer):
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(6.0)
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = await asyncio.wait_for(reader.read(), 20)
    assert answers.count(b"HTTP/1.1 404") == 2
    assert server.LONGEST_IDLE > 60


async def test_a_body_that_does_not_come_is_not_waited_for(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LONGEST_BODY", 0.5)
    answer = await said(platform, HEAD + b"Content-Length: 10\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()


async def test_bodies_of_many_callers_take_no_more_memory_than_there_is(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes when there is no room is told to come again, and there is room once the others have gone."""
    monkeypatch.setattr(guard, "MOST_IN_HAND", 150_000)
    half = HEAD + b"Content-Length: 200000\r\n\r\n" + b" " * 100_000
    http = platform.http("intake")
    async with wire(platform) as (_, first), wire(platform) as (_, second):
        first.write(half)
        await first.drain()
        second.write(half)
        await second.drain()

        async def refused() -> httpx.Response:
            while (answer := await http.post(API, content=b" " * 100_000)).status_code == 400:
                await asyncio.sleep(0.05)
            return answer

        answer = await asyncio.wait_for(refused(), 30)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0

    async def taken() -> None:
        while (await http.post(API, content=b" " * 100_000)).status_code != 400:
            await asyncio.sleep(0.05)

    await asyncio.wait_for(taken(), 30)
