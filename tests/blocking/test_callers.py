"""Which prisons' systems and staff may ask blocking about whom; a transfer moves that (R19, R20, R40)."""

from typing import Any

import httpx
import pytest

from deploy.local.keycloak import SYSTEMS, Identity
from shared.events import topics
from tests.blocking.given import contact, merge, moved
from tests.blocking.support_http import in_the_picture
from tests.blocking.test_service import Estate, check, estate, number
from tests.support.outside import Outside
from tests.support.running import HandClock

__all__ = ["estate", "number"]
pytestmark = pytest.mark.usefixtures("http")

WAYS = ("contact-check?phone=07700900123", "block-list", "social-contacts")
NOBODY = "Z9999ZZ"
HERE = {"estate", "estate-LEI", "prison_staff"}


def seen(answer: httpx.Response) -> Any:
    """Everything by which a caller can tell one answer from another."""
    return answer.status_code, {**answer.headers, "date": ""}, answer.content


class Asking:
    """One client's questions about one prisoner."""

    def __init__(self, http: httpx.AsyncClient, identity: Identity) -> None:
        self._http, self._identity = http, identity

    async def answers(self, client: str, number: str) -> list[int]:
        """The status of each way; a refusal is the very answer that nobody's number gets."""
        auth, found = self._identity.as_(client), []
        for way in WAYS:
            answer = await self._http.get(f"/api/v1/prisoners/{number}/{way}", auth=auth)
            if answer.status_code != 200:
                nobody = await self._http.get(f"/api/v1/prisoners/{NOBODY}/block-list", auth=auth)
                assert seen(answer) == seen(nobody)
            found.append(answer.status_code)
        return found


@pytest.fixture
def asking(http: httpx.AsyncClient, identity: Identity) -> Asking:
    return Asking(http, identity)


@pytest.mark.parametrize("client", [*SYSTEMS, "nobody"])
async def test_each_client_sees_what_the_table_says_and_the_rest_is_not_there(
    estate: Estate, http: httpx.AsyncClient, asking: Asking, client: str
) -> None:
    await estate.authorised()
    await in_the_picture(http, estate.number)
    assert await asking.answers(client, estate.number) == [200 if client in HERE else 404] * 3


async def test_r20_r40_a_transfer_moves_who_may_ask_and_the_prison_left_may_until_the_next_one_has_it(
    estate: Estate, http: httpx.AsyncClient, clock: HandClock, asking: Asking
) -> None:
    await estate.authorised()
    await estate.acknowledge(1)
    await estate.said("upc.block.implemented")
    await estate.send(moved("received", clock.now(), "MDI", "prisoner-offender-search", estate.number))
    await estate.listed(2)
    assert (await check(http, estate.number, phone="07700900123"))["version"] == 2
    assert await asking.answers("estate-MDI", estate.number) == [200, 200, 200]
    assert await asking.answers("estate-LEI", estate.number) == [200, 200, 404]
    await estate.acknowledge(2, "MDI")
    await estate.listed(3)
    assert (await check(http, estate.number, phone="07700900123"))["version"] == 3
    assert await asking.answers("estate-MDI", estate.number) == [200, 200, 200]
    for client in ("estate-LEI", "prison_staff"):
        assert await asking.answers(client, estate.number) == [404, 404, 404]


async def test_a_prisoner_without_a_list_is_answered_by_whether_the_prison_is_known_to_hold_them(
    estate: Estate, http: httpx.AsyncClient, clock: HandClock, asking: Asking
) -> None:
    """A system of all prisons gets the answer that it gets of a prisoner with a list on which nobody matches."""
    await estate.send(moved("received", clock.now(), "LEI", number=estate.number))
    await estate.send(contact("requested", clock.now(), estate.number, contact_id="bob"))
    await estate.said("upc.social-contact.decided", topics.SOCIAL_CONTACTS, contact_id="bob")
    await estate.done(topics.INBOUND_PRISONER_EVENTS)
    assert await asking.answers("estate", estate.number) == [200, 404, 200]
    assert await asking.answers("estate-LEI", estate.number) == [404, 404, 200]
    assert await asking.answers("estate-MDI", estate.number) == [404, 404, 404]


async def test_r11_a_merge_lets_the_prisons_of_both_numbers_ask_until_the_kept_ones_list_is_confirmed(
    estate: Estate, http: httpx.AsyncClient, clock: HandClock, asking: Asking, party: Outside
) -> None:
    kept = estate.number[:-1] + "Z"
    await estate.authorised()
    await estate.send(moved("received", clock.now(), "MDI", number=kept))
    await estate.send(merge(kept, estate.number, clock.now()))
    await party.one(topics.BLOCK_LISTS.name, prisoner_number=kept, version=1, prison_id="MDI")
    await estate.listed(2, merged_into=kept)
    await in_the_picture(http, kept)
    assert (await asking.answers("estate-LEI", estate.number))[:2] == [200, 200]
    assert (await asking.answers("estate-MDI", estate.number))[:2] == [200, 200]
    assert await asking.answers("estate-LEI", kept) == [404, 404, 404]


@pytest.mark.parametrize("way", ["contact-check", "contact-check?phone=ring-me", "block-list"])
async def test_who_may_not_ask_learns_nothing_of_their_question_either(
    http: httpx.AsyncClient, identity: Identity, way: str
) -> None:
    answers = [
        await http.get(f"/api/v1/prisoners/{number}/{way}", auth=identity.as_("police"))
        for number in (NOBODY, "NOBODY")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert seen(answers[0]) == seen(answers[1])
    assert (await http.get(f"/api/v1/prisoners/{NOBODY}/{way}", auth=None)).status_code == 401
