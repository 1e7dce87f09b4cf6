"""Intake at its boundary: HTTP and Kafka in, events and replies out."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid1

import httpx
import pytest
from httpx import USE_CLIENT_DEFAULT

from deploy.local.keycloak import Identity
from shared.events import topics
from shared.events.envelope import derive_id
from shared.events.requests import block_id
from shared.runtime.callers import NOT_THERE
from tests.intake import forms
from tests.support.outside import Outside
from tests.support.running import HandClock
from tests.support.waiting import PATIENCE

REQUESTS, REPLIES = topics.CONTACT_REQUESTS.name, topics.INBOUND_REPLIES.name
IN, BREACHES_IN = topics.INBOUND_CONTACT_REQUESTS.name, topics.INBOUND_BREACH_REPORTS.name
API = "/api/v1/contact-requests"


async def submitted(party: Outside, **fields: Any) -> Any:
    return (await party.one(REQUESTS, type="upc.contact-request.submitted", **fields)).data


async def test_r2_r4_a_request_over_http_is_taken_in_with_a_reference(http: httpx.AsyncClient, party: Outside) -> None:
    body = forms.request()
    answer = await http.post(API, json=body)
    assert answer.status_code == 202
    receipt = answer.json()
    assert answer.headers["location"] == f"{API}/{receipt['reference']}"
    assert receipt["status"] == "submitted"
    assert receipt["deadline"] == "2026-11-24T17:00:00Z"
    event = await submitted(party, request_id=receipt["request_id"])
    assert event["reference"] == receipt["reference"]
    assert event["channel"] == "http"
    assert event["request"]["cps_urn"] == "13AA1234526"
    (person,) = event["request"]["protected_people"]
    assert person["phones"] == ["+447700900123"]
    assert person["addresses"][0]["postcode"] == "LS1 1AA"


async def test_r6_r7_receipt_says_what_happens_next_that_it_is_no_court_order_and_ring_999(
    http: httpx.AsyncClient,
) -> None:
    receipt = (await http.post(API, json=forms.least())).json()
    assert "one working day" in receipt["what_happens_next"]
    assert "not replace a court order" in receipt["court_order"]
    assert "999" in receipt["emergency"]
    assert "Duty Governor" in receipt["emergency"]


async def test_r4_police_send_over_kafka_and_get_the_reference_back(http: httpx.AsyncClient, party: Outside) -> None:
    body = forms.request()
    await party.send(IN, body, key="k")
    reply = await party.one(REPLIES, external_id=body["external_id"])
    assert reply.key == body["external_id"]
    assert reply.type == "upc.inbound.reply"
    assert reply.data["outcome"] == "accepted"
    assert reply.data["faults"] == []
    event = await submitted(party, request_id=reply.data["request_id"])
    assert event["channel"] == "kafka"
    status = (await http.get(f"{API}/{reply.data['reference']}")).json()
    assert status["status"] == "submitted"


async def test_r3_every_fault_at_once_over_kafka_and_http(http: httpx.AsyncClient, party: Outside) -> None:
    body = forms.request(consent="not_given", grounds={"kind": "court_order"}, protected_people=[{"name": "Jane"}])
    wanted = {"/grounds/rationale", "/grounds/court", "/protected_people/0"}
    await party.send(IN, body)
    reply = (await party.one(REPLIES, external_id=body["external_id"])).data
    assert reply["outcome"] == "rejected"
    assert reply["reference"] is None
    assert {fault["pointer"] for fault in reply["faults"]} == wanted
    answer = await http.post(API, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["faults"] == reply["faults"]


async def test_r5_the_same_submission_is_one_request_by_whichever_way_it_comes_again(
    http: httpx.AsyncClient, party: Outside
) -> None:
    body = forms.request()
    first = (await http.post(API, json=body, headers={"Idempotency-Key": uuid1().hex})).json()
    again = (await http.post(API, json=body)).json()
    await party.send(IN, body)
    await party.send(IN, body)
    replies = await party.wait(REPLIES, lambda reply: reply.key == body["external_id"], count=2)
    assert {first["reference"], again["reference"], *(reply.data["reference"] for reply in replies)} == {
        first["reference"]
    }
    await submitted(party, request_id=first["request_id"])
    assert len(await party.by_now(REQUESTS, lambda record: first["request_id"] in record.value.decode())) == 1


async def test_r5_a_double_click_is_one_request(http: httpx.AsyncClient) -> None:
    body, key = forms.least(), {"Idempotency-Key": uuid1().hex}
    answers = await asyncio.gather(*(http.post(API, json=body, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    unnamed = forms.least()
    answers = await asyncio.gather(*(http.post(API, json=unnamed) for _ in range(8)))
    assert len({answer.json()["reference"] for answer in answers}) == 1


async def test_r5_a_replayed_event_is_one_request_with_one_reply(http: httpx.AsyncClient, party: Outside) -> None:
    body, event_id, last = forms.request(), uuid1().hex, forms.request()
    for _ in range(3):
        await party.send(IN, body, key="replayed", event_id=event_id)
    await party.send(IN, last, key="replayed")
    for sent in (body, last):
        await party.one(REPLIES, external_id=sent["external_id"])
    assert len(await party.by_now(REPLIES, lambda reply: reply.key == body["external_id"])) == 1


async def test_r3_a_submission_without_external_id_is_answered_under_its_event_id(
    http: httpx.AsyncClient, party: Outside
) -> None:
    event_id = await party.send(IN, {"requester": {"name": "Jane"}})
    reply = await party.one(REPLIES, external_id=event_id)
    assert reply.key == event_id
    assert reply.data["outcome"] == "rejected"
    assert "/consent" in [fault["pointer"] for fault in reply.data["faults"]]


async def test_r25_news_that_is_faster_than_its_request_counts_once_that_has_come(
    http: httpx.AsyncClient, party: Outside, clock: HandClock
) -> None:
    event_id = uuid1().hex
    request_id = derive_id("urn:test:outside", event_id, "request")
    await party.send(
        REQUESTS, routed({"request_id": request_id, "reference": ""}, clock), event_type="upc.contact-request.routed"
    )
    body = forms.request()
    await party.send(IN, body, event_id=event_id)
    reply = (await party.one(REPLIES, external_id=body["external_id"])).data
    assert reply["request_id"] == request_id
    assert (await until(http, reply, "routed"))["prison"]["prison_id"] == "LEI"


async def test_r5_a_name_is_not_used_twice_for_different_things(http: httpx.AsyncClient, party: Outside) -> None:
    key = {"Idempotency-Key": uuid1().hex}
    assert (await http.post(API, json=forms.least(), headers=key)).status_code == 202
    assert (await http.post(API, json=forms.least(), headers=key)).status_code == 422
    body = forms.request()
    assert (await http.post(API, json=body)).status_code == 202
    other = await http.post(API, json=body | {"crime_reference": "another"})
    assert other.status_code == 409
    assert other.json()["faults"][0]["pointer"] == "/external_id"
    await party.send(IN, body | {"crime_reference": "another"})
    reply = (await party.one(REPLIES, external_id=body["external_id"])).data
    assert [fault["pointer"] for fault in reply["faults"]] == ["/external_id"]


async def test_r5_a_second_request_about_the_same_two_people_is_linked_to_the_first(
    http: httpx.AsyncClient, party: Outside
) -> None:
    body = forms.request()
    first = (await http.post(API, json=body)).json()
    second = (await http.post(API, json=body | {"external_id": uuid1().hex, "crime_reference": "2"})).json()
    assert first["request_id"] != second["request_id"]
    event = await submitted(party, request_id=second["request_id"])
    assert event["linked_requests"] == [first["request_id"]]


async def test_r5_the_same_words_again_after_a_day_are_a_new_request(http: httpx.AsyncClient, clock: HandClock) -> None:
    body = forms.least()
    first = (await http.post(API, json=body)).json()
    clock.forward(timedelta(hours=25))
    assert (await http.post(API, json=body)).json()["reference"] != first["reference"]


async def test_r41_r47_the_status_shows_the_prison_to_the_police_and_to_others_only_once_authorised(
    http: httpx.AsyncClient, party: Outside, clock: HandClock, police: httpx.Auth, identity: Identity
) -> None:
    callers, body = [police, identity.as_("victim_services")], forms.request()
    receipts = [(await http.post(API, json=body, auth=caller)).json() for caller in callers]
    for receipt in receipts:
        await party.send(REQUESTS, routed(receipt, clock), event_type="upc.contact-request.routed")
    asked = list(zip(receipts, callers, strict=True))
    statuses = [await until(http, receipt, "routed", caller) for receipt, caller in asked]
    assert [status["prison"] and status["prison"]["prison_id"] for status in statuses] == ["LEI", None]
    assert "LEI" not in json.dumps(statuses[1])
    for receipt in receipts:
        await party.send(topics.BLOCKS.name, authorised(receipt, clock), event_type="upc.block.authorised")
    statuses = [await until(http, receipt, "authorised", caller) for receipt, caller in asked]
    assert [status["prison"]["name"] for status in statuses] == ["HMP Leeds", "HMP Leeds"]
    assert statuses[0]["deadlines"]["implementation"] is not None
    assert [line["what"] for line in statuses[0]["what_has_happened"]] == ["submitted", "routed", "authorised"]


@pytest.mark.parametrize("reference", ["UPC-222-222-2222", "nonsense", "UPC-7KQ-M2X-WDHC", "%00", "a" * 500])
async def test_r42_a_reference_that_is_none_or_nobodys_is_answered_alike(
    http: httpx.AsyncClient, reference: str
) -> None:
    answer = await http.get(f"{API}/{reference}")
    assert answer.status_code == 404
    assert answer.json() == {"type": "about:blank", "title": NOT_THERE, "status": 404}


async def test_r4_a_reference_is_known_however_it_is_spelled(http: httpx.AsyncClient) -> None:
    receipt = (await http.post(API, json=forms.least())).json()
    spelled = receipt["reference"].lower().replace("-", " ")
    assert (await http.get(f"{API}/{spelled}")).json()["request_id"] == receipt["request_id"]


async def test_r29_a_breach_report_by_http_and_kafka_is_passed_on(http: httpx.AsyncClient, party: Outside) -> None:
    asked = (await http.post(API, json=forms.request())).json()
    body = forms.breach(reference=asked["reference"].lower(), prisoner=None, protected_person=None)
    answer = await http.post("/api/v1/breach-reports", json=body)
    assert answer.status_code == 202
    event = (await party.one(topics.BREACH_REPORTS.name, breach_id=answer.json()["breach_id"])).data
    assert event["request_id"] == asked["request_id"]
    assert event["breach_reference"] == answer.json()["reference"]
    assert (await http.post("/api/v1/breach-reports", json=body)).json() == answer.json()
    other = forms.breach()
    await party.send(BREACHES_IN, other)
    reply = (await party.one(REPLIES, external_id=other["external_id"])).data
    assert reply["outcome"] == "accepted"
    assert (await party.one(topics.BREACH_REPORTS.name, breach_id=reply["breach_id"])).data["request_id"] is None


async def test_r42_a_misspelled_reference_on_a_breach_report_is_a_fault_unless_the_people_are_named(
    http: httpx.AsyncClient,
) -> None:
    wrong = forms.breach(reference="UPC-222-222-2223")
    assert (await http.post("/api/v1/breach-reports", json=wrong)).status_code == 202
    answer = await http.post("/api/v1/breach-reports", json=wrong | {"prisoner": None, "external_id": "x"})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["faults"]] == ["/reference"]


async def test_r47_the_status_repeats_nothing_of_the_request(http: httpx.AsyncClient) -> None:
    body = forms.request()
    receipt = (await http.post(API, json=body)).json()
    status = (await http.get(f"{API}/{receipt['reference']}")).text
    given = [body["prisoner"]["name"], body["protected_people"][0]["name"], "Alex", "A1234BC", "900123", "Threats"]
    assert not any(said in status for said in given)


async def test_the_documents_are_made_from_the_models(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    body = document["paths"][API]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/ContactRequestAsked"}
    assert "protected_people" in document["components"]["schemas"]["ContactRequestAsked"]["required"]
    assert IN in (await http.get("/asyncapi.json")).json()["channels"]


def routed(receipt: Any, clock: HandClock) -> dict[str, Any]:
    now = clock.now().isoformat()
    ids = {"request_id": receipt["request_id"], "reference": receipt["reference"], "prisoner_number": "A1234BC"}
    times = {"submitted_at": now, "routed_at": now, "deadline": now}
    return ids | times | {"prison_id": "LEI", "matched_by": "number", "consent": "self", "proposed": []}


def authorised(receipt: Any, clock: HandClock) -> dict[str, Any]:
    now = clock.now().isoformat()
    ids = {"request_id": receipt["request_id"], "reference": receipt["reference"], "prisoner_number": "A1234BC"}
    block = {"block_id": block_id(receipt["request_id"], 0), "prison_id": "LEI", "name": "Jane", "consent": "self"}
    return ids | block | {"at": now, "implementation_deadline": now}


async def until(http: httpx.AsyncClient, receipt: Any, status: str, caller: Any = USE_CLIENT_DEFAULT) -> Any:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await http.get(f"{API}/{receipt['reference']}", auth=caller)).json()
            if found["status"] == status:
                return found
            await asyncio.sleep(0.05)


async def test_r5_what_was_rejected_is_put_right_and_sent_again_without_headers(
    http: httpx.AsyncClient, party: Outside
) -> None:
    good = forms.request()
    await party.send(IN, good | {"protected_people": []}, headers=False)
    await party.send(IN, good, headers=False)
    replies = await party.wait(REPLIES, lambda reply: reply.data["external_id"] == good["external_id"], count=2)
    assert {reply.data["outcome"] for reply in replies} == {"rejected", "accepted"}


async def test_r5_two_forces_may_use_one_name_without_headers(http: httpx.AsyncClient, party: Outside) -> None:
    ours, theirs = forms.request(), forms.request()
    theirs["external_id"] = ours["external_id"]
    theirs["requester"] = theirs["requester"] | {"organisation": "Kent Police"}
    for body in (ours, theirs, ours):
        await party.send(IN, body, headers=False)
    replies = await party.wait(REPLIES, lambda reply: reply.data["external_id"] == ours["external_id"], count=2)
    assert len({reply.data["reference"] for reply in replies}) == 2


async def test_the_traceparent_of_a_call_goes_on(http: httpx.AsyncClient, party: Outside) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    taken = (await http.post(API, json=forms.request(), headers=headers)).json()
    submitted = await party.one(REQUESTS, type="upc.contact-request.submitted", request_id=taken["request_id"])
    assert submitted.headers["traceparent"].split("-")[1] == trace
