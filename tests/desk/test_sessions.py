"""Sessions: how long they last, that each sign-in has a new one, and that no way back from the provider is made up."""

import re
from datetime import timedelta

import httpx
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from deploy.local.keycloak import HTML, sign_in
from services.desk.domain.calls import Take, Who
from services.desk.domain.sessions import IDLE, LONGEST, Begin, Session
from services.desk.settings import DeskSettings
from services.desk.web.provider import SIGNING_IN, Provider
from services.desk.web.signed_in import key_of
from shared.events.requests import Reply, ReplyOutcome
from shared.runtime.identity import Keys, NotTrusted
from tests.desk.given import REFERENCE
from tests.desk.staff import Staff
from tests.support.running import settings_for
from tests.support.world import START

SESSION = Session(
    started_at=START, seen_at=START, subject="s", name="Sam", roles=(), prisons=(), csrf="word", id_token="token"
)


def test_a_session_is_over_when_nobody_did_anything_for_half_an_hour_and_after_ten_hours() -> None:
    assert SESSION.lasts(START + IDLE - timedelta(seconds=1))
    assert not SESSION.lasts(START + IDLE)
    busy = SESSION.but(seen_at=START + LONGEST - timedelta(minutes=1))
    assert busy.lasts(START + LONGEST - timedelta(seconds=1))
    assert not busy.lasts(START + LONGEST)


class Earlier(TimestampSigner):
    """Signed so long ago that nobody can still be at the provider."""

    def get_timestamp(self) -> int:
        return super().get_timestamp() - SIGNING_IN - 1


def provider() -> Provider:
    async def read() -> list[object]:
        return []

    keys = Keys(read)  # type: ignore[arg-type]
    known = DeskSettings(desk_url="https://desk.example", desk_client_secret="secret")
    return Provider(settings_for("", "", oidc_issuer="https://id.example"), known, keys)


WAY = ["state", "nonce", "verifier", "/queue"]


def sealed(secret: str = "secret", signer: type[TimestampSigner] = TimestampSigner) -> str:
    return str(URLSafeTimedSerializer(secret, salt="sign-in", signer=signer).dumps(WAY))


def changed(cookie: str) -> str:
    return cookie[:-5] + ("B" if cookie[-5] == "A" else "A") + cookie[-4:]


def test_who_comes_back_by_the_way_they_went_goes_where_they_wanted_to() -> None:
    assert provider().way_back(sealed(), "state") == ("nonce", "verifier", "/queue")


@pytest.mark.parametrize(
    ("cookie", "state"),
    [
        ("", ""),
        (sealed(), "another"),
        (sealed(), ""),
        (sealed(secret="another"), "state"),
        (sealed(signer=Earlier), "state"),
        (changed(sealed()), "state"),
    ],
    ids=["nothing", "another sign-in", "no state", "another desk", "too old", "changed"],
)
def test_a_way_back_that_is_made_up_changed_or_too_old_is_none(cookie: str, state: str) -> None:
    with pytest.raises(NotTrusted):
        provider().way_back(cookie, state)


async def test_each_sign_in_has_a_session_of_its_own_and_signing_out_ends_it(staff: Staff) -> None:
    first, second = [await sign_in(staff.url, staff.identity.people["alex"]) for _ in range(2)]
    assert first["desk"] != second["desk"]
    async with httpx.AsyncClient(base_url=staff.url, cookies=second, headers=HTML) as alex:
        page = (await alex.get("/queue")).text
        word = re.search(r'name="csrf" value="([^"]+)"', page)
        assert word
        assert (await alex.post("/sign-out", data={"csrf": "another"})).status_code == 403
        assert (await alex.post("/sign-out", data={"csrf": word[1]})).status_code == 200
    for cookies, status in ((second, 303), (first, 200)):
        async with httpx.AsyncClient(base_url=staff.url, cookies=cookies, headers=HTML) as alex:
            assert (await alex.get("/queue")).status_code == status


async def test_what_is_kept_of_a_session_is_no_cookie(staff: Staff) -> None:
    cookie = (await sign_in(staff.url, staff.identity.people["pat"]))["desk"]
    known = await staff.desk.service.query(lambda work: work.get(Session, key_of(cookie)))
    assert known
    assert known.name == "Pat Moorland"
    assert cookie not in known.model_dump_json()


async def test_what_an_open_page_asks_for_by_itself_keeps_no_session_alive(staff: Staff) -> None:
    cookies = await sign_in(staff.url, staff.identity.people["olu"])
    key, service = key_of(cookies["desk"]), staff.desk.service
    session = await service.query(lambda work: work.get(Session, key))
    assert session
    earlier = session.but(seen_at=session.seen_at - timedelta(minutes=5))
    await service.call(Begin(session_id=key, session=earlier), "earlier")
    await service.call(Take(who=Who(name="Olu Operator"), external_id="open", body={}), "open")
    await service.call(Reply(external_id="open", outcome=ReplyOutcome.ACCEPTED, reference=REFERENCE), "answered")
    async with httpx.AsyncClient(base_url=staff.url, cookies=cookies, headers=HTML) as olu:
        for path, alone in (("/calls/taken/open/again", True), ("/calls/taken/open", False)):
            assert REFERENCE in (await olu.get(path)).text
            known = await service.query(lambda work: work.get(Session, key))
            assert known
            assert (known.seen_at == earlier.seen_at) is alone
