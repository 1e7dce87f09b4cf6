from email.message import EmailMessage

import aiosmtplib
import pytest

from tests.support.smtp import SmtpPeer
from tests.support.waiting import PATIENCE


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "contact@upc.example"
    message["To"] = "alex@police.example"
    message["Subject"] = "Your request"
    message.set_content("We have received your request.\n")
    return message


async def send(peer: SmtpPeer, timeout: float = PATIENCE) -> None:
    await aiosmtplib.send(mail(), hostname=peer.host, port=peer.port, timeout=timeout)


async def test_the_peer_keeps_what_it_is_sent(smtp_peer: SmtpPeer) -> None:
    await send(smtp_peer)

    (taken,) = smtp_peer.mails
    assert taken.sender == "contact@upc.example"
    assert taken.recipients == ["alex@police.example"]
    assert taken.message["Subject"] == "Your request"
    assert taken.message.get_content() == "We have received your request.\r\n"


async def test_a_refusing_peer_refuses_the_recipient(smtp_peer: SmtpPeer) -> None:
    smtp_peer.behaviour = "refuse"

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(smtp_peer)
    assert smtp_peer.mails == []


async def test_a_hanging_peer_never_answers(smtp_peer: SmtpPeer) -> None:
    smtp_peer.behaviour = "hang"

    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await send(smtp_peer, timeout=1)
    assert smtp_peer.mails == []


async def test_a_dropping_peer_has_the_mail_and_does_not_say_so(smtp_peer: SmtpPeer) -> None:
    smtp_peer.behaviour = "drop"

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp_peer)
    assert len(smtp_peer.mails) == 1
