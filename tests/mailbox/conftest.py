"""A real mail server, with a mailbox for each test."""

from collections.abc import Iterator

import pytest

from deploy.local import free_port
from deploy.local.greenmail import GreenMailServer
from tests.mailbox.post import Mailboxes


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailboxes]:
    """Where mails are sent to and lie. A reader that dies leaves a thread of GreenMail busy: it goes with the module."""
    with GreenMailServer(tmp_path_factory.mktemp("greenmail"), free_port(), free_port()) as server:
        yield Mailboxes(server.smtp_port, server.imap_port)
