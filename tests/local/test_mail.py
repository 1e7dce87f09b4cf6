from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from deploy.local import free_port
from deploy.local.mail import MailSink


async def send(port: int, to: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "contact@upc.example", to, "Your request"
    message.set_content("We have received your request.\n")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port)


async def test_every_mail_is_a_file_and_a_later_run_overwrites_none(tmp_path: Path) -> None:
    port = free_port()
    with MailSink(tmp_path, port):
        await send(port, "alex@police.example")
        await send(port, "../up/jane@example.org")
    with MailSink(tmp_path, port):
        await send(port, "alex@police.example")

    kept = sorted(tmp_path.iterdir())
    assert [mail.name for mail in kept] == [
        "0001-alex@police.example.eml",
        "0002-..upjane@example.org.eml",
        "0003-alex@police.example.eml",
    ]
    assert message_from_bytes(kept[0].read_bytes())["Subject"] == "Your request"
