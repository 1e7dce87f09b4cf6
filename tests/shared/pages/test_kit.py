"""The kit of pages: what every page of every service has in common."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time

import httpx
import pytest
from fastapi import FastAPI, Request
from jinja2 import UndefinedError
from starlette.responses import Response

from shared.pages import dates
from shared.pages.site import KIT, Link, Site, Wrong
from shared.pages.templates import environment
from shared.runtime import problems
from shared.runtime.mongo import Unavailable
from tests.support.sentences import faults_in_welsh

BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app, site = FastAPI(), Site(KIT, "Try out", [Link("One", "/")], [Link("Cookies", "/cookies")], exit_page=True)
    problems.install(app)

    @app.get("/")
    async def one(request: Request) -> Response:
        return site.page(request, "problem.html", faults=[Wrong("#name", "<b>")], back="/back")

    @app.get("/away")
    async def away() -> Response:
        raise Unavailable

    site.install(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=BROWSER) as client:
        yield client


async def test_nothing_inline_is_run_but_the_line_whose_hash_is_in_the_policy(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert len(re.findall(r"<script(?![^>]* src=)", page.text)) == 1
    assert "<style" not in page.text
    assert not re.findall(r"\s(style|on\w+)=", page.text)


async def test_no_page_is_kept_and_every_file_is_kept_for_ever_under_a_name_of_its_content(
    http: httpx.AsyncClient,
) -> None:
    page = await http.get("/")
    assert page.headers["cache-control"] == "no-store"
    style, script, icon = re.findall(r'"(/assets/[^"]+)"', page.text)
    for path in (style, script, icon, script.replace("pages.js", "govuk-frontend.min.js")):
        file = await http.get(path)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    for path in (style + "x", "/assets/0/pages.css", style.replace("pages.css", "../site.py")):
        missing = await http.get(path)
        assert missing.status_code == 404
        assert "immutable" not in missing.headers["cache-control"]


async def test_what_is_for_gov_uk_domains_alone_is_not_there(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text
    style = (await http.get(re.findall(r'"(/assets/[^"]+css)"', page)[0])).text
    assert "GDS Transport" not in style
    assert "@font-face" not in style
    assert "GOV.UK" not in page
    assert "<svg" not in page


async def test_faults_back_link_and_emergency_exit_are_there_and_what_is_shown_is_escaped(
    http: httpx.AsyncClient,
) -> None:
    page = (await http.get("/")).text
    assert "<title>Error: " in page
    assert '<a href="#name">&lt;b&gt;</a>' in page
    assert 'href="/back"' in page
    assert page.count("https://www.bbc.co.uk/weather") == 2


async def test_a_link_chooses_the_language_and_leads_to_the_same_page(http: httpx.AsyncClient) -> None:
    assert 'href="/?a=1&amp;lang=cy"' in (await http.get("/?a=1")).text
    answer = await http.get("/?a=1&lang=cy")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=1")
    page = (await http.get("/?a=1")).text
    assert '<html lang="cy"' in page
    assert "Mae problem wedi codi" in page
    await http.get("/?lang=en")
    assert '<html lang="en"' in (await http.get("/?lang=fr")).text


@pytest.mark.parametrize("path", ["//evil.example/?lang=cy", "/%2F/evil.example?lang=cy", "///evil.example?lang=cy"])
async def test_a_language_link_never_leads_to_another_host(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"http://test{path}", headers={"host": "evil.example"})
    assert re.match(r"/[^/\\]", answer.headers["location"] + "x")


@pytest.mark.parametrize(("path", "status", "said"), [("/x", 404, "Page not found"), ("/away", 503, "not answering")])
async def test_a_browser_gets_a_page_and_a_program_a_problem_document(
    http: httpx.AsyncClient, path: str, status: int, said: str
) -> None:
    page = await http.get(path)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in page.text
    problem = await http.get(path, headers={"accept": "*/*"})
    assert (problem.status_code, problem.headers["content-type"]) == (status, "application/problem+json")
    assert problem.headers.get("retry-after") == page.headers.get("retry-after")


def test_a_name_that_nothing_has_is_a_fault_and_an_option_left_out_is_none() -> None:
    made = environment([KIT], "en")
    with pytest.raises(UndefinedError):
        made.from_string("{{ nobody }}").render()
    with pytest.raises(UndefinedError):
        made.from_string("{{ language.nothing }}").render()
    assert made.from_string("{{ options.missing }}").render(options={}) == ""


def test_days_and_times_in_both_languages() -> None:
    five = datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert dates.moment(five, "en") == "24 November 2026 at 5pm"
    assert dates.moment(five, "cy") == "24 Tachwedd 2026 am 5pm"
    assert dates.by(five, "en") == "5pm on Tuesday 24 November 2026"
    assert dates.by(five, "cy") == "5pm ddydd Mawrth 24 Tachwedd 2026"
    assert dates.by(datetime(2026, 7, 1, 11, 30, tzinfo=UTC), "en") == "12:30pm on Wednesday 1 July 2026"
    clocks = [dates.clock(time(hour, minute), "en") for hour, minute in ((0, 0), (0, 5), (9, 30), (12, 0), (23, 59))]
    assert clocks == ["midnight", "12:05am", "9:30am", "midday", "11:59pm"]
    assert dates.clock(time(12), "cy") == "hanner dydd"


def test_every_sentence_of_the_kit_is_there_in_welsh() -> None:
    assert [*faults_in_welsh(KIT)] == []
