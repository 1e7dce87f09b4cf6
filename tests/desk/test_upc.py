"""What `upc` shows of a case and of what is late: with the role for it, and without, when nothing of it is about anybody."""

import asyncio
from datetime import datetime, timedelta
from html import unescape

import pytest

from shared.runtime.audit.reading import Logs
from tests.desk.given import JANE
from tests.desk.scenes import Scene
from tests.desk.staff import Staff
from tests.support.upc import Upc, upc
from tests.support.waiting import PATIENCE
from tests.support.world import START

SCENE, HERE = Scene("B6001BB", prison="BXI"), Scene("B6002BB")
PERSONAL = (SCENE.number, str(JANE["name"]), "John Example", *JANE["phones"], "Officer")


@pytest.fixture(scope="module")
async def told(staff: Staff) -> Staff:
    await staff.hear(*SCENE.in_force(), SCENE.alerted(at=START - timedelta(hours=1)), *HERE.in_force())
    return staff


def as_(staff: Staff, client: str) -> Upc:
    return upc(staff.desk.service.settings, staff.identity.clients[client], desk=staff.url)


async def test_the_story_has_each_event_with_its_time_and_with_the_role_for_it_what_it_says(told: Staff) -> None:
    story = (await as_(told, "central")("case", SCENE.reference, "--json")).data
    said = {event["type"]: event["said"] for event in story["events"]}
    assert said["upc.contact-request.submitted"].startswith("The request came in")
    assert said["upc.block.implemented"] == "The block is in force at HMP Brixton"
    assert [event["place"] for event in story["events"]] == [*range(1, len(story["events"]) + 1)]
    assert all(datetime.fromisoformat(event["at"]) for event in story["events"])


async def test_without_the_role_the_story_is_about_nobody(told: Staff) -> None:
    robin = as_(told, "sre")
    story, shown = await robin("case", SCENE.reference, "--json"), await robin("case", SCENE.reference)
    types = [event["type"] for event in story.data["events"]]
    assert {"upc.contact-request.submitted", "upc.block.authorised", "upc.breach.reported"} <= {*types}
    assert (
        {event["said"] for event in story.data["events"]} == {event["by"] for event in story.data["events"]} == {None}
    )
    assert "upc.block.authorised" in shown.out
    assert [part for part in PERSONAL for ran in (story, shown) if part in ran.out] == []


@pytest.mark.parametrize("client", ["police", "estate", "operator", "integrity"])
async def test_who_may_not_hears_that_there_is_none(told: Staff, client: str) -> None:
    url = f"{told.url}/api/v1/cases/{SCENE.reference}/story"
    assert (await told.desk.http.get(url, auth=told.identity.as_(client))).status_code == 404
    assert (await told.desk.http.get(f"{told.url}/api/v1/late", auth=told.identity.as_(client))).status_code == 404


async def test_a_prison_has_the_story_of_its_own_cases_alone(told: Staff) -> None:
    for scene, status in ((HERE, 200), (SCENE, 404)):
        url = f"{told.url}/api/v1/cases/{scene.reference}/story"
        assert (await told.desk.http.get(url, auth=told.identity.as_("prison_staff"))).status_code == status


async def test_what_is_late_is_named_by_its_reference_and_is_about_nobody(told: Staff) -> None:
    late = (await told.desk.http.get(f"{told.url}/api/v1/late", auth=told.identity.as_("sre"))).json()
    (breaches,) = [of_kind for of_kind in late if of_kind["kind"] == "breach"]
    (mine,) = [entry for entry in breaches["late_first"] if entry["prison_id"] == SCENE.prison]
    assert (mine["reference"], mine["note"]) == (SCENE.alerted().breach_reference, "phone")
    assert [part for part in PERSONAL if part in str(late)] == []


async def test_the_desk_shows_the_same_story_with_each_event_by_its_number(told: Staff) -> None:
    story = (await as_(told, "central")("case", SCENE.reference, "--json")).data
    page = unescape((await told.shown("chris", f"{SCENE.case}/story")).text)
    assert [event["said"] for event in story["events"] if f"{event['place']}. {event['said']}" not in page] == []


async def test_who_looked_at_a_story_is_in_the_audit_log(told: Staff) -> None:
    await as_(told, "sre")("case", SCENE.reference)
    logs, what = Logs(told.desk.service.settings), "GET /api/v1/cases/{reference}/story"
    async with asyncio.timeout(PATIENCE):
        while not [deed for deed in await logs.about("desk", [SCENE.request_id]) if deed["what"] == what]:
            await asyncio.sleep(0.05)
