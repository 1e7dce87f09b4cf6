"""Blocking at its boundary: records in, records and answers out, on real Kafka and MongoDB."""

from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from shared.events import topics
from shared.events.envelope import Event
from tests.blocking.given import ack, breach, contact, decision, merge, moved, review, routed
from tests.blocking.support_http import in_the_picture
from tests.support.outside import Outside, Seen
from tests.support.running import HandClock

pytestmark = pytest.mark.usefixtures("http")
_numbers = count(1000)


@pytest.fixture
def number() -> str:
    """A prisoner whom no other test has met."""
    return f"B{next(_numbers)}CK"


class Estate:
    """What reaches blocking about one prisoner, at the time that the clock shows."""

    def __init__(self, party: Outside, clock: HandClock, number: str) -> None:
        self.party, self.clock, self.number = party, clock, number
        self.request, self.block = f"req-{number}", f"req-{number}/0"

    async def send(self, event: Event, **more: Any) -> None:
        data = event.model_dump(mode="json", exclude_none=True)
        await self.party.send(event.TOPIC.name, data, event.key(), event_type=event.TYPE, **more)

    async def authorised(self, **others: Any) -> None:
        """A request about Jane is routed and authorised; its list is out."""
        now = self.clock.now()
        await self.send(routed(request=self.request, at=now, prisoner_number=self.number, **others))
        await self.decide("authorise")
        await self.listed(1)

    async def decide(self, outcome: str, **others: Any) -> None:
        about: dict[str, Any] = {} if {"block_id", "breach_id"} & others.keys() else {"request_id": self.request}
        own: dict[str, Any] = {"decision_id": f"{self.number}-{outcome}", "prisoner_number": self.number}
        await self.send(decision(outcome, self.clock.now(), **{**own, **about, **others}))

    async def acknowledge(self, version: int, prison: str = "LEI", **others: Any) -> None:
        await self.send(ack(version, prison, at=self.clock.now(), prisoner_number=self.number, **others))

    async def done(self, topic: topics.Topic) -> None:
        """Returns once blocking has handled what was sent to `topic` so far."""
        await self.party.handled("blocking", topic.name, self.number)

    async def listed(self, version: int, **fields: Any) -> Any:
        found = await self.party.one(topics.BLOCK_LISTS.name, prisoner_number=self.number, version=version, **fields)
        return found.data

    async def said(self, event_type: str, topic: topics.Topic = topics.BLOCKS, **fields: Any) -> Any:
        return (await self.party.one(topic.name, type=event_type, prisoner_number=self.number, **fields)).data


@pytest.fixture
def estate(party: Outside, clock: HandClock, number: str) -> Estate:
    return Estate(party, clock, number)


async def check(http: httpx.AsyncClient, number: str, **question: str) -> dict[str, Any]:
    """The answer, once the number's list has reached the picture too."""
    await in_the_picture(http, number)
    answer = await http.get(f"/api/v1/prisoners/{number}/contact-check", params=question)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_r12_r13_from_the_decision_to_the_block_in_force(estate: Estate, clock: HandClock) -> None:
    await estate.authorised()
    changed = await estate.listed(1)
    assert (changed["prison_id"], changed["blocks"][0]["name"]) == ("LEI", "Jane Example")
    assert (await estate.said("upc.block.authorised"))["block_id"] == estate.block
    await estate.acknowledge(1)
    assert (await estate.said("upc.block.implemented"))["version"] == 1


async def test_r13_a_failed_list_and_one_without_an_answer_are_raised(estate: Estate, clock: HandClock) -> None:
    await estate.authorised()
    await estate.acknowledge(1, outcome="failed", reason="PIN phones are down")
    assert (await estate.said("upc.block.unconfirmed"))["because"] == "failed"
    clock.forward(timedelta(days=4))
    assert (await estate.said("upc.block.unconfirmed", because="overdue"))["block_id"] == estate.block


async def test_r15_contacts_are_answered_and_listed(estate: Estate, clock: HandClock, http: httpx.AsyncClient) -> None:
    await estate.authorised()
    asked: dict[str, dict[str, Any]] = {
        "bob": {},
        "jane": {"phones": ["07700 900123"]},
        "janey": {"name": "Janey Example"},
    }
    for contact_id, who in asked.items():
        await estate.send(
            contact("requested", clock.now(), estate.number, contact_id=contact_id, **who),
            event_id=f"{estate.number}{contact_id}",
        )
    refused = await estate.said("upc.social-contact.decided", topics.SOCIAL_CONTACTS, contact_id="jane")
    assert (refused["outcome"], refused["matched_on"], refused["block_id"]) == ("refused", "phone", estate.block)
    await estate.said("upc.social-contact.decided", topics.SOCIAL_CONTACTS, contact_id="janey", outcome="waiting")
    answer = await http.get(f"/api/v1/prisoners/{estate.number}/social-contacts")
    assert {one["contact_id"]: one["outcome"] for one in answer.json()["contacts"]} == {
        "bob": "listed",
        "janey": "waiting",
    }


async def test_r17_r22_withdrawn_and_ended_blocks_leave_the_list(estate: Estate, clock: HandClock) -> None:
    await estate.authorised()
    await estate.send(
        routed({"name": "Mary Other"}, request=f"{estate.request}-2", at=clock.now(), prisoner_number=estate.number)
    )
    await estate.send(
        decision(
            "authorise",
            clock.now(),
            decision_id=f"{estate.number}-2",
            request_id=f"{estate.request}-2",
            prisoner_number=estate.number,
        )
    )
    assert len((await estate.listed(2))["blocks"]) == 2
    await estate.decide("withdraw")
    assert [block["name"] for block in (await estate.listed(3))["blocks"]] == ["Mary Other"]
    await estate.send(review("end", f"{estate.request}-2/0", clock.now(), prisoner_number=estate.number))
    assert (await estate.listed(4))["blocks"] == []


async def test_r20_r23_the_list_follows_a_move_a_release_and_a_recall(estate: Estate, clock: HandClock) -> None:
    await estate.authorised()
    await estate.acknowledge(1)
    await estate.said("upc.block.implemented")
    await estate.send(moved("received", clock.now(), "MDI", "prisoner-offender-search", estate.number))
    assert (await estate.listed(2))["also_held_by"] == ["LEI"]
    await estate.send(moved("released", clock.forward(timedelta(hours=1)), "MDI", number=estate.number))
    await estate.done(topics.INBOUND_PRISONER_EVENTS)
    clock.forward(timedelta(minutes=50))
    assert (await estate.listed(3))["blocks"] == []
    await estate.send(
        moved("received", clock.forward(timedelta(hours=1)), "BXI", number=estate.number, reason="READMISSION")
    )
    back = await estate.listed(4)
    assert (back["prison_id"], len(back["blocks"])) == ("BXI", 1)


async def test_r19_r39_a_merge_moves_everything_and_the_old_number_is_answered(
    estate: Estate, clock: HandClock, http: httpx.AsyncClient, party: Outside
) -> None:
    kept = estate.number[:-1] + "Z"
    await estate.authorised()
    await estate.send(merge(kept, estate.number, clock.now()))
    await party.one(topics.BLOCK_LISTS.name, prisoner_number=kept, version=1)
    await estate.listed(2, merged_into=kept)
    await estate.send(ack(1, at=clock.now(), prisoner_number=kept))
    assert (await estate.listed(3))["blocks"] == []
    await in_the_picture(http, kept)
    answer = await http.get(f"/api/v1/prisoners/{estate.number}/block-list")
    assert answer.json()["prisoner_number"] == kept
    assert (await check(http, estate.number, phone="07700900123"))["block_id"] == estate.block


async def test_r29_r30_a_breach_alerts_and_its_number_joins_after_a_yes(
    estate: Estate, clock: HandClock, party: Outside
) -> None:
    await estate.authorised(grounds="court_order", requester_role="witness")
    breach_id = f"b-{estate.number}"
    used = {"contact_used": "07700 900 999", "channel": "text"}
    await estate.send(
        breach(estate.request, clock.now(), breach_id, **used).model_copy(update={"prisoner_number": estate.number})
    )
    alert = await estate.said("upc.breach.reported", topics.BREACH_ALERTS)
    assert alert["proposed_contact_point"] == "+447700900999"
    assert set(alert["prosecution_points"]) == {"illicit_mobile_phone", "witness_intimidation", "breach_of_court_order"}
    await estate.decide("record_action", breach_id=breach_id, action="cell_search")
    await estate.said("upc.breach.action-recorded", topics.BREACH_ALERTS)
    await estate.decide("authorise", block_id=estate.block, decision_id=f"{estate.number}-yes")
    assert "+447700900999" in (await estate.listed(2))["blocks"][0]["phones"]


async def test_r12_a_decision_that_overtakes_its_request_is_kept_until_that_comes(
    estate: Estate, clock: HandClock
) -> None:
    await estate.decide("authorise")
    await estate.done(topics.INBOUND_PRISON_DECISIONS)
    await estate.send(routed(request=estate.request, at=clock.now(), prisoner_number=estate.number))
    await estate.listed(1)


@pytest.mark.parametrize(
    "question",
    [
        {"phone": "0044 7700 900123"}, {"phone": "+447700900123"}, {"email": "Jane@Example.org"},
        {"name": "jane EXAMPLE"}, {"postcode": "ls11aa", "line": "1 High St"}, {"name": "Janey Example"},
    ],
)  # fmt: skip
async def test_r19_a_blocked_point_however_written_is_not_allowed(
    estate: Estate, http: httpx.AsyncClient, question: dict[str, str]
) -> None:
    await estate.authorised()
    answer = await check(http, estate.number, **question)
    on = (
        "similar_name"
        if question.get("name") == "Janey Example"
        else {"postcode": "address"}.get(next(iter(question)), next(iter(question)))
    )
    assert answer == {"allowed": False, "block_id": estate.block, "matched_on": on, "version": 1}


async def test_r19_whom_nothing_blocks_is_allowed(estate: Estate, http: httpx.AsyncClient) -> None:
    await estate.authorised()
    allowed = {"allowed": True, "block_id": None, "matched_on": None}
    assert await check(http, estate.number, phone="07700900999") == allowed | {"version": 1}
    assert await check(http, estate.number, phone="07700900123", kind="legal") == allowed | {"version": 1}
    unknown = await http.get("/api/v1/prisoners/z9999 zz/contact-check?phone=116123")
    assert unknown.json() == allowed | {"version": 0}


async def test_r19_an_unescaped_plus_sign_is_understood(estate: Estate, http: httpx.AsyncClient) -> None:
    await estate.authorised()
    await in_the_picture(http, estate.number)
    answer = await http.get(f"/api/v1/prisoners/{estate.number}/contact-check?phone=+447700900123")
    assert answer.json()["matched_on"] == "phone"


@pytest.mark.parametrize(
    ("path", "pointers"),
    [
        ("NOBODY/contact-check?phone=07700900123", ["/number"]),
        ("A1234BC/contact-check", [""]),
        ("A1234BC/contact-check?phone=07700900123&name=Jane", [""]),
        ("A1234BC/contact-check?phone=ring-me", ["/phone"]),
        ("A1234BC/contact-check?email=nowhere", ["/email"]),
        ("A1234BC/contact-check?name=%20", ["/name"]),
        ("A1234BC/contact-check?postcode=nowhere", ["/postcode", "/line"]),
        ("A1234BC/contact-check?line=1+High+Street", ["/postcode"]),
        ("A1234BC/contact-check?name=Jane&kind=spy", ["/kind"]),
    ],
)
async def test_a_question_that_is_none_is_a_problem_that_repeats_no_value(
    http: httpx.AsyncClient, path: str, pointers: list[str]
) -> None:
    answer = await http.get(f"/api/v1/prisoners/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["pointer"] for fault in answer.json()["faults"]] == pointers
    assert not any(value in answer.text for value in ("NOBODY", "07700900123", "ring-me", "nowhere", "spy"))


async def test_no_list_is_a_404_and_no_contacts_an_empty_list(http: httpx.AsyncClient, number: str) -> None:
    answer = await http.get(f"/api/v1/prisoners/{number}/block-list")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (await http.get(f"/api/v1/prisoners/{number}/social-contacts")).json() == {
        "prisoner_number": number,
        "contacts": [],
    }


BAD: dict[str, Any] = {
    "not JSON": (topics.INBOUND_PRISON_DECISIONS, b"{"),
    "no such outcome": (
        topics.INBOUND_PRISON_DECISIONS,
        decision("authorise").model_dump(mode="json") | {"outcome": "perhaps"},
    ),
    "about nothing": (
        topics.INBOUND_PRISON_DECISIONS,
        decision("authorise").model_dump(mode="json") | {"request_id": None},
    ),
    "version 0": (topics.INBOUND_ACKNOWLEDGEMENTS, ack(1).model_dump(mode="json") | {"version": 0}),
    "a prisoner number that is none": (
        topics.INBOUND_SOCIAL_CONTACTS,
        contact("added").model_dump(mode="json") | {"prisoner_number": "JOHN"},
    ),
    "a reception without its prison": (
        topics.INBOUND_PRISONER_EVENTS,
        moved("received", contact("added").at).model_dump(mode="json"),
    ),
    "from the future": (
        topics.INBOUND_SOCIAL_CONTACTS,
        contact("added").model_dump(mode="json") | {"at": "2099-01-01T00:00:00Z"},
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_record_is_set_aside_and_the_next_good_one_goes_through(
    party: Outside, estate: Estate, name: str
) -> None:
    topic, value = BAD[name]
    event_id = await party.send(topic.name, value, estate.number)
    await estate.authorised()
    (letter,) = await party.wait("upc.blocking.dead-letters.v1", lambda record: record.headers.get("ce_id") == event_id)
    assert not {"JOHN", "perhaps"} & set(str({**letter.headers, "ce_subject": ""}).split("'"))


async def test_r20_a_list_that_comes_late_behind_a_newer_one_does_not_stay_the_last(estate: Estate) -> None:
    await estate.authorised()
    await estate.decide("withdraw")
    await estate.listed(2)
    first, *_ = estate.party.records(topics.BLOCK_LISTS.name, lambda record: record.key == estate.number)
    headers = tuple((name, value.encode()) for name, value in first.headers.items())
    await estate.party.send(topics.BLOCK_LISTS.name, first.value, first.key, headers=False, more_headers=headers)

    def again(record: Seen) -> bool:
        return record.key == estate.number and bool(record.data["version"] == 2)

    await estate.party.wait(topics.BLOCK_LISTS.name, again, count=2)
    seen = await estate.party.by_now(topics.BLOCK_LISTS.name, lambda record: record.key == estate.number)
    assert [record.data["version"] for record in seen] == [1, 2, 1, 2]
