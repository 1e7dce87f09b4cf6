"""The mailbox over IMAP (RFC 9051 and 3501): look, fetch, put away. Each call waits for the server: call it in a thread."""

import imaplib
import re
import ssl
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from services.mailbox.domain.left import MOST_AT_ONCE
from services.mailbox.domain.reading import Raw
from services.mailbox.settings import MailboxSettings

_ARRIVED = re.compile(rb'INTERNALDATE "([^"]+)"')
_UID = re.compile(rb"UID (\d+)")


class Refused(Exception):
    """The server said no, or something that can't be understood."""


class Mailbox:
    """One connection, made when it is first needed, and again after `close`. Raises OSError, `imaplib.IMAP4.error`, Refused."""

    def __init__(self, settings: MailboxSettings) -> None:
        self._settings = settings
        self._connection: imaplib.IMAP4 | None = None

    def waiting(self) -> list[str]:
        """The mails in the inbox, oldest first, by their number in this mailbox."""
        server = self._server()
        count = int(_said(server.select(_quoted(self._settings.imap_inbox)))[0] or 0)
        lines = _said(server.fetch("1:*", "(UID)")) if count else []
        return [found[1].decode() for line in lines if line and (found := _UID.search(line))]

    def fetch(self, number: str) -> Raw | None:
        """A mail, up to `mail_most_bytes` of it, left unread; None where it is gone."""
        most = self._settings.mail_most_bytes
        answer = _said(self._server().uid("FETCH", number, f"(INTERNALDATE BODY.PEEK[]<0.{most + 1}>)"))
        contents = [part[1] for part in answer if isinstance(part, tuple)]
        words = b" ".join(part[0] if isinstance(part, tuple) else part for part in answer if part)
        arrived = _ARRIVED.search(words)
        if not contents or not arrived:
            return None
        at = datetime.strptime(arrived[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
        return Raw(contents[0][:most], at, whole=len(contents[0]) <= most)

    def put_away(self, number: str, folder: str) -> None:
        """Moves a mail to `folder`, which is made where it is missing. One that is gone is no fault."""
        try:
            self._move(number, folder)
        except (Refused, imaplib.IMAP4.error):
            self._server().create(_quoted(folder))
            self._move(number, folder)

    def let_go(self, folder: str, before: date) -> None:
        """Deletes what came into the mailbox before that day."""
        server = self._server()
        if server.select(_quoted(folder))[0] != "OK":
            return  # nothing was ever put there
        old = _said(server.uid("SEARCH", "BEFORE", f"{before:%d-%b-%Y}"))[0].split()
        if old:
            self._delete(b",".join(old[:MOST_AT_ONCE]).decode())

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.shutdown()

    def _move(self, number: str, folder: str) -> None:
        server = self._server()
        if "MOVE" in server.capabilities:
            _said(server.uid("MOVE", number, _quoted(folder)))
        else:
            _said(server.uid("COPY", number, _quoted(folder)))
            self._delete(number)

    def _delete(self, numbers: str) -> None:
        server = self._server()
        _said(server.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in server.capabilities:
            _said(server.uid("EXPUNGE", numbers))
        else:
            _said(server.expunge())

    def _server(self) -> imaplib.IMAP4:
        if self._connection is None:
            connection = self._connect()
            try:
                _said(connection.login(self._settings.imap_user, self._settings.password))
            except BaseException:
                connection.shutdown()
                raise
            self._connection = connection
        return self._connection

    def _connect(self) -> imaplib.IMAP4:
        settings = self._settings
        where: dict[str, Any] = {"host": settings.imap_host, "port": settings.imap_port}
        where |= {"timeout": settings.imap_timeout_seconds}
        if settings.imap_security == "tls":
            return imaplib.IMAP4_SSL(**where, ssl_context=ssl.create_default_context())
        connection = imaplib.IMAP4(**where)
        if settings.imap_security == "starttls":
            connection.starttls(ssl.create_default_context())
        return connection


def _said(answer: tuple[str, list[Any]]) -> list[Any]:
    status, said = answer
    if status != "OK":
        raise Refused("the mail server refused")
    return said


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
