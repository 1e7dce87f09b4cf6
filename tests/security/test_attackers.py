"""Each of those who would attack, and what they get: nothing (docs/security.md)."""

import json
import re
from itertools import count
from typing import Any
from uuid import uuid1

import pytest
import structlog

from shared.events import topics
from shared.events.principals import SERVICES
from tests.intake import forms
from tests.security.conftest import Platform
from tests.security.story import Case
from tests.support.outside import Seen
from tests.support.waiting import become

MOVED = topics.INBOUND_PRISONER_EVENTS
_words = count()


def secret() -> str:
    """A word that nobody else writes."""
    return f"zq{next(_words)}x{uuid1().hex[:6]}".translate(str.maketrans("0123456789", "ghjkmnprst"))


class Planted:
    """One request with a secret in every field, told to the prison and decided; `logs` is what was logged meanwhile."""

    def __init__(self, platform: Platform) -> None:
        self.case = Case(platform)
        words = [secret() for _ in range(16)]
        self.name, self.other_name, self.street, self.mailbox = words[:4]
        self.asker, self.organisation, self.relation, self.rationale, self.court, self.notes = words[4:10]
        self.crime, self.external, self.decider, self.reason, self.reporter, self.happened = words[10:]
        self.logs: list[Any] = []

    @property
    def of_the_protected(self) -> tuple[str, ...]:
        return self.name, self.other_name, self.street, self.mailbox, "900123", "900124"

    @property
    def of_the_requester(self) -> tuple[str, ...]:
        asked = (self.asker, self.organisation, self.relation, self.rationale, self.court, self.notes, self.crime)
        return *asked, self.external, self.case.mailbox, "13AA1234526", "900555", "court_order", "not_given"

    @property
    def of_the_prison(self) -> tuple[str, ...]:
        return self.decider, self.reason

    @property
    def of_the_reporter(self) -> tuple[str, ...]:
        return self.reporter, "900777"

    async def play(self) -> None:
        """From the form to the block, a breach, and records that cannot be understood."""
        with structlog.testing.capture_logs() as self.logs:
            await self.case.recorded()
            await self._ask()
            await self.case.routed()
            await self.case.decided("authorise", decided_by=self.decider, reason=self.reason)
            await self.case.listed()
            await self._report()
            await self._blunder()

    async def _ask(self) -> None:
        requester: dict[str, Any] = {
            "name": self.asker,
            "role": "police",
            "organisation": self.organisation,
            "relation": self.relation,
        }
        requester |= {"email": self.case.mailbox, "phone": "07700 900555", "safe_to_contact": {"notes": self.notes}}
        address = {"lines": [f"1 {self.street} Street"], "town": "Leeds", "postcode": "LS1 1AA"}
        points = {"phones": ["07700 900123"], "addresses": [address], "emails": [f"{self.mailbox}@example.org"]}
        body = forms.request(
            external_id=self.external,
            requester=requester,
            grounds={"kind": "court_order", "rationale": f"because of {self.rationale}", "court": self.court},
            prisoner={"name": self.case.prisoner, "number": self.case.number},
            protected_people=[{"name": self.name, "other_names": [self.other_name], **points}],
            crime_reference=self.crime,
        )
        await self.case.platform.party.send(topics.INBOUND_CONTACT_REQUESTS.name, body)
        reply = (await self.case.platform.party.one(topics.INBOUND_REPLIES.name, external_id=self.external)).data
        self.case.request_id, self.case.reference = reply["request_id"], reply["reference"]

    async def _report(self) -> None:
        report = forms.breach(
            reference=self.case.reference,
            prisoner={"name": self.case.prisoner, "number": self.case.number},
            reporter={"name": self.reporter, "phone": "07700 900777"},
            what_happened=f"He said {self.happened}",
            contact_used="07700 900124",
        )
        answer = await self.case.platform.http("intake").post("/api/v1/breach-reports", json=report)
        alert = {"breach_id": answer.json()["breach_id"]}
        await self.case.platform.party.one(topics.BREACH_ALERTS.name, **alert)

    async def _blunder(self) -> None:
        """A secret where a number or a time should be, and a decision of a prison that has no part in it."""
        key = self.case.number
        await self.case.decided("withdraw", prison_id="MDI", decided_by=self.decider, reason=self.reason)
        await self.case.send(topics.INBOUND_PRISONERS, {"prisoner_number": self.name, "as_of": self.asker})
        await self.case.send(topics.INBOUND_PRISON_DECISIONS, {"outcome": self.reason, "decided_at": self.decider})
        await self.case.platform.party.handled("routing", topics.INBOUND_PRISONERS.name, key)
        await self.case.platform.party.handled("blocking", topics.INBOUND_PRISON_DECISIONS.name, key)

    def said_on(self, *of: topics.Topic) -> list[str]:
        """All that stands on these topics about this prisoner, keys and headers included."""
        found = [seen for topic in of for seen in self.case.platform.party.records(topic.name, self._about)]
        assert found
        return [f"{seen.key} {json.dumps(dict(seen.headers))} {seen.value.decode()}" for seen in found]

    def _about(self, seen: Seen) -> bool:
        return bool(seen.data.get("prisoner_number") == self.case.number)


@pytest.fixture(scope="module")
async def planted(platform: Platform) -> Planted:
    planted = Planted(platform)
    await planted.play()
    await become(lambda: bool(platform.party.records(topics.PRISONER_NOTICES.name, planted._about)))
    return planted


def leaked(words: tuple[str, ...], texts: list[str]) -> list[str]:
    return [word for word in words for text in texts if word.lower() in text.lower()]


async def test_r16_the_prisoner_is_told_a_name_and_nothing_else(planted: Planted) -> None:
    """Neither in the record nor in its key and headers."""
    (notice,) = planted.said_on(topics.PRISONER_NOTICES)
    others = [*planted.of_the_requester, *planted.of_the_prison, *planted.of_the_reporter, planted.happened]
    others += [planted.case.reference, planted.case.request_id, planted.other_name, planted.street, planted.mailbox]
    assert leaked((*others, "900123", "900124"), [notice]) == []
    assert planted.name in notice


async def test_r16_an_estates_systems_get_no_more_than_they_enforce(planted: Planted) -> None:
    """Whatever of it a prisoner may get to see: never who asked, why, who decided, or who reported."""
    said = planted.said_on(topics.BLOCK_LISTS)
    others = (*planted.of_the_requester, *planted.of_the_prison, *planted.of_the_reporter, planted.happened)
    assert leaked((*others, "900124"), said) == []
    assert leaked(planted.of_the_protected[:4], said) == list(planted.of_the_protected[:4])


async def test_r29_an_alert_does_not_say_who_reported_or_who_asked(planted: Planted) -> None:
    said = planted.said_on(topics.BREACH_ALERTS)
    assert leaked((*planted.of_the_reporter, *planted.of_the_prison, planted.asker, planted.rationale), said) == []
    assert leaked((planted.happened, "900124"), said) == [planted.happened, "900124"]


async def test_no_log_metric_or_dead_letters_reason_has_anything_that_somebody_wrote(planted: Planted) -> None:
    everything = (*planted.of_the_protected, *planted.of_the_requester[:9], *planted.of_the_prison)
    everything += (*planted.of_the_reporter, planted.happened, planted.case.number, planted.case.reference)
    metrics = [(await planted.case.platform.http(service).get("/metrics")).text for service in SERVICES]
    assert leaked(everything, [json.dumps(planted.logs, default=str), *metrics]) == []
    assert any(line["event"] == "set aside" for line in planted.logs)
    reasons = [
        letter.headers["dead-letter-reason"]
        for service in SERVICES
        for letter in planted.case.platform.party.records(topics.dead_letters(service).name)
    ]
    assert reasons
    assert leaked(everything, reasons) == []


def shape(said: Any) -> Any:
    """An answer without what differs from one request to the next: ids, references, times."""
    text = json.dumps(said)
    text = re.sub(r"UPC-\w{3}-\w{3}-\w{4}", "REFERENCE", text)
    return json.loads(re.sub(r'"[0-9a-f]{8}-[0-9a-f-]{27}"|"2026-[^"]+"', '"ID OR TIME"', text))


async def heard(case: Case, steps: int) -> tuple[Any, list[str]]:
    """How a request stands and what its requester was told, without what differs anyway."""
    mails = await case.mails(steps)
    texts = [re.sub(r"UPC-\w{3}-\w{3}-\w{4}", "REFERENCE", str(mail.message.get_content())) for mail in mails]
    answer = await case.platform.http("intake").get(f"/api/v1/contact-requests/{case.reference}")
    return shape(answer.json()), sorted(texts)  # which of two is sent first tells nobody anything


async def test_r47_who_asks_about_somebody_elses_request_learns_nothing_of_it(platform: Platform) -> None:
    """An abuser asks about the same two people as the victim did: everything is as if nobody had asked before."""
    victim, abuser, stranger = Case(platform), Case(platform), Case(platform)
    abuser.number, abuser.prisoner = victim.number, victim.prisoner
    for case in (victim, stranger):
        await case.recorded()
    jane = {"name": "Jane Abused", "phones": ["07700 900123"]}
    await victim.asked(protected_people=[jane])
    await victim.routed()
    await victim.decided("authorise")
    await victim.listed()
    for case in (abuser, stranger):
        await case.asked(protected_people=[jane | {"emails": ["jane@example.org"]}])
        await case.routed()
    assert await heard(abuser, 2) == await heard(stranger, 2)


async def test_r42_a_number_that_is_nobodys_or_somebody_elses_is_answered_alike(platform: Platform) -> None:
    known, wrong, unknown = Case(platform), Case(platform), Case(platform)
    await known.recorded()
    wrong.number = known.number
    for case in (wrong, unknown):
        await case.asked()
        await platform.party.one(
            topics.CONTACT_REQUESTS.name, type="upc.contact-request.needs-person", request_id=case.request_id
        )
    assert await heard(wrong, 2) == await heard(unknown, 2)


async def test_r41_a_victim_learns_neither_where_the_prisoner_is_nor_when_they_move(platform: Platform) -> None:
    """Before the authorisation no prison; after it the one that decided, and no other."""
    case = Case(platform)
    await case.recorded()
    await case.asked()
    await case.routed()
    status, mails = await heard(case, 2)
    assert leaked(("LEI", "Leeds", case.number), [json.dumps(status), *mails]) == []
    await case.decided("authorise")
    await case.listed()
    moved = {"eventType": "prison-offender-events.prisoner.received", "version": "1", "occurredAt": case.now}
    details = {"nomsNumber": case.number, "reason": "TRANSFERRED", "prisonId": "MDI"}
    await case.send(MOVED, moved | {"additionalInformation": details})
    await case.listed(2)
    status, mails = await heard(case, 3)
    assert leaked(("MDI", "Moorland", "transfer"), [json.dumps(status), *mails]) == []


async def test_r41_only_who_is_known_to_be_police_gets_to_know_the_prison(platform: Platform) -> None:
    """Anybody can write `police` into a form."""
    case = Case(platform)
    await case.recorded()
    await case.asked(requester={"role": "police", "organisation": "West Yorkshire Police"})
    await case.routed()
    status, mails = await heard(case, 2)
    assert leaked(("LEI", "Leeds"), [json.dumps(status), *mails]) == []


async def test_a_prison_decides_nothing_about_a_prisoner_whom_it_does_not_hold(platform: Platform) -> None:
    case = Case(platform)
    await case.recorded()
    await case.asked()
    await case.routed()
    await case.decided("authorise")
    await case.listed()
    for outcome in ("withdraw", "refuse", "authorise"):
        await case.decided(outcome, prison_id="MDI", reason="a bribe", excluded_contact_points=["07700 900123"])
    await platform.party.handled("blocking", topics.INBOUND_PRISON_DECISIONS.name, case.number)
    letters = platform.party.records(topics.dead_letters("blocking").name, lambda letter: letter.key == case.number)
    assert ["does not hold" in letter.headers["dead-letter-reason"] for letter in letters].count(True) == 3
    assert (await case.listed())["blocks"][0]["phones"] == ["+447700900123"]
    assert platform.party.records(topics.BLOCK_LISTS.name, lambda seen: _is(seen, case, 2)) == []


async def test_who_lifts_a_block_is_told_about_to_its_requester(platform: Platform) -> None:
    """A bribed member of staff can; the victim hears of it, and what to do."""
    case = Case(platform)
    await case.recorded()
    await case.asked()
    await case.routed()
    await case.decided("authorise")
    await case.listed()
    await case.decided("withdraw")
    await case.listed(2)
    _, mails = await heard(case, 4)
    assert any("has been lifted" in mail and "If you did not ask for it" in mail for mail in mails)


@pytest.mark.parametrize("source", ["urn:upc:routing", "urn:upc:intake:http", "urn:upc:topic:upc.inbound.prisoners.v1"])
async def test_nobody_outside_speaks_under_a_name_of_ours(platform: Platform, source: str) -> None:
    """What we then say under it would count as said before, and be dropped."""
    key = uuid1().hex
    await platform.party.send(topics.INBOUND_CONTACT_REQUESTS.name, forms.request(), key=key, source=source)
    dead = topics.dead_letters("intake").name
    (letter,) = await platform.party.wait(dead, lambda letter: letter.key == key)
    assert "our own services" in letter.headers["dead-letter-reason"]


def _is(seen: Seen, case: Case, version: int) -> bool:
    return (seen.data["prisoner_number"], seen.data["version"]) == (case.number, version)
