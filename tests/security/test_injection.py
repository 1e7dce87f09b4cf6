"""Whatever people write stays what they wrote: in databases, mails, pages, documents, logs and metrics."""

import json
import logging
from email.message import EmailMessage
from typing import Any

import pytest

from deploy.local.process import ROOT
from services.notifications.domain.texts import on_one_line, quoted
from services.notifications.notify import without_hidden_links
from shared.events import topics
from shared.events.principals import SERVICES
from shared.runtime import telemetry
from tests.security.conftest import Platform
from tests.security.story import Case

NASTY = (
    "Jane\r\nBcc: all",
    "Jane =?utf-8?q?Bcc=3A_all?=",
    'Jane" <all>, "',
    "Jane\r\n.\r\nMAIL FROM:<all>\r\n",
    "Jane {{ 7 * 7 }} {% include '_end.txt' %} {{ self.__init__.__globals__ }}",
    "Jane ${jndi:ldap} #{7*7} %s %(name)s {0.__class__}",
    '{"$gt": "Jane"}',
    "$where.Jane; db.dropDatabase()",
    "Jane'; DROP TABLE names; --",
    "<script>Jane()</script><img onerror=Jane()>",
    "=cmd|' /C calc'!Jane",
    "Jane [click](there)",
    "# Jane\n* Jane\n^ Jane",
    "Ja\u202ene\u2066\u200b\ufeff\U000e0041",
    "Ja\x00ne\x1b[31m\x07\x9b",
    "José Ñandú Ö’Brien-Łęcki",
    "محمد بن عبدالله",
    "ஸ்ரீ ராம் a/l முருகன்",
    "नीता\u200dक्षी",
    "王小明",
)
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
]
FORGED = "Is it in force?\n\nThe prison has authorised the block.\r\n.\r\nMAIL FROM:<evil>\n# Heading\n[here](x)\u2028Next\u202e"


@pytest.fixture(scope="module")
async def case(platform: Platform) -> Case:
    """Twenty people with such names are protected, after the prison has asked something in such words."""
    case = Case(platform)
    await case.recorded()
    people = [{"name": name, "other_names": [name], "emails": [f"{n}@example.org"]} for n, name in enumerate(NASTY)]
    safe = {"subject_alias": "Book club\r\nBcc: all", "notes": FORGED}
    requester = {"name": NASTY[0], "organisation": NASTY[4], "relation": NASTY[6], "safe_to_contact": safe}
    await case.asked(requester=requester, protected_people=people, external_id=NASTY[6], crime_reference=NASTY[4])
    await case.routed()
    await case.decided("ask_for_more", reason=FORGED)
    await case.decided("authorise")
    await case.listed()
    return case


async def test_a_mail_goes_to_one_reader_with_our_headers_whatever_names_hold(case: Case) -> None:
    mails = await case.mails(2 + 2 * len(NASTY))
    assert all(mail.recipients == [case.mailbox] for mail in mails)
    assert all(mail.message.keys() == HEADERS for mail in mails)
    assert {mail.message["To"] for mail in mails} == {case.mailbox}
    assert {mail.message["Subject"] for mail in mails} == {"Book club Bcc: all"}


async def test_a_name_is_one_part_of_one_line_and_nothing_in_it_is_done(case: Case) -> None:
    texts = [text_of(mail.message) for mail in await case.mails(2 + 2 * len(NASTY))]
    for name in NASTY:
        line = f"The prison has authorised the block for {on_one_line(name)}."
        assert [text.splitlines()[0] for text in texts].count(line) == 1
    assert not [line for text in texts for line in text.splitlines() if line.startswith(("Bcc", "MAIL", "#", "*", "."))]


async def test_words_of_a_prison_are_marked_as_such_line_by_line(case: Case) -> None:
    """Nobody's words can be taken for ours."""
    texts = [text_of(mail.message) for mail in await case.mails(2 + 2 * len(NASTY))]
    asked = [text for text in texts if text.startswith("The prison needs to know more")]
    assert len(asked) == len(NASTY)
    for text in asked:
        said = text.partition("The prison asks:\n\n")[2].partition("\n\nPlease answer")[0]
        assert said.splitlines() == [
            *("> Is it in force?", ">", "> The prison has authorised the block.", "> .", "> MAIL FROM:<evil>"),
            *("> # Heading", "> [here](x) Next"),
        ]


async def test_names_with_operators_and_dots_are_kept_as_they_are(case: Case) -> None:
    """As an id of MongoDB and in what is found again by it."""
    contact_id = "$where.a.b\x00"
    contact = {"contact_id": contact_id, "name": NASTY[7], "kind": "social"}
    changed = {"event_id": contact_id, "prisoner_number": case.number, "change": "requested", "at": case.now}
    await case.send(topics.INBOUND_SOCIAL_CONTACTS, changed | {"contact": contact})
    where: dict[str, Any] = {"prisoner_number": case.number, "contact_id": contact_id}
    decided = await case.platform.party.one(topics.SOCIAL_CONTACTS.name, **where)
    assert (decided.data["outcome"], decided.data["matched_on"]) == ("refused", "name")
    names = [block["name"] for block in (await case.listed())["blocks"]]
    assert names == [on_one_line(name) for name in NASTY]


async def test_a_question_takes_no_operators(case: Case) -> None:
    http = case.platform.http("blocking")
    for question in ("name[$ne]=x", "name=x&name=y&phone[$gt]=", "$where=1", "phone=%7B%22$gt%22:%22%22%7D"):
        answer = await http.get(f"/api/v1/prisoners/{case.number}/contact-check?{question}")
        assert (answer.status_code, "$" in answer.text) in ((422, False), (200, False))
    for path in ("%7B$ne:1%7D", "A1234BC%00", "..%2f..%2fetc", "%F0%9F%92%A9", "A1234BC%0d%0aX: y"):
        answer = await http.get(f"/api/v1/prisoners/{path}/block-list")
        assert answer.status_code in (404, 422)
        assert "x" not in answer.headers


async def test_no_metric_says_what_anybody_wrote(case: Case) -> None:
    await case.mails(2 + 2 * len(NASTY))
    for service in SERVICES:
        said = (await case.platform.http(service).get("/metrics")).text
        assert not [word for word in ("Jane", "Book club", case.mailbox, case.number, case.reference) if word in said]


def test_a_line_of_a_log_is_one_object_without_what_somebody_sent() -> None:
    """Libraries' words are templates: what they fill in, and what an exception says, may be anything."""
    formatter = telemetry.Plain()
    record = logging.LogRecord("a", logging.ERROR, "", 1, 'lost "%s"\nfuture: ValueError(Jane)', ("Jane",), None)
    try:
        raise ValueError("Jane")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    line = formatter.format(record)
    assert "\n" not in line
    assert json.loads(line) == {"level": "error", "logger": "a", "event": 'lost "%s"', "error": "ValueError"}


@pytest.mark.parametrize("name", NASTY)
def test_in_markdown_no_words_hide_an_address(name: str) -> None:
    assert "](" not in without_hidden_links(f"{name} [here](https://evil.example)")
    assert all(line.startswith(">") for line in quoted(f"{name}\n{name}").splitlines())


def test_nothing_here_writes_tables_that_a_spreadsheet_would_calculate() -> None:
    """Who adds one has to see to cells that begin with = + - @."""
    code = [*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/**/*.py")]
    assert [path for path in code if "csv.writer" in path.read_text() or "DictWriter" in path.read_text()] == []


def text_of(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")
