"""What a mailbox may be told: nothing that would let mails be read on their way, or an agency be somebody else."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.mailbox.app import make
from services.mailbox.settings import MailboxSettings
from shared.runtime.settings import Misconfigured, Settings


@pytest.mark.parametrize(("host", "fine"), [("127.0.0.1", True), ("localhost", True), ("mail.example.org", False)])
def test_mails_go_in_clear_over_no_network(host: str, fine: bool) -> None:
    def told() -> MailboxSettings:
        return MailboxSettings(imap_host=host, imap_security="none")

    if fine:
        assert told().imap_host == host
    else:
        with pytest.raises(ValidationError, match="in clear over no network"):
            told()


def test_an_address_is_the_same_in_capitals_and_an_agency_has_no_name_of_somebody_else() -> None:
    assert MailboxSettings(mail_agencies={"WYP.example": "police-wyp"}).rules.trust.agencies == {
        "wyp.example": "police-wyp"
    }
    with pytest.raises(ValidationError, match="can't be an agency's name"):
        MailboxSettings(mail_agencies={"wyp.example": "police"})


def test_a_password_in_a_file_goes_before_one_in_the_environment_and_stands_in_no_text(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from the file\n")
    settings = MailboxSettings(imap_password="from the environment", imap_password_file=file)
    assert settings.password == "from the file"
    assert "from the environment" not in repr(settings)


def test_what_can_t_be_used_is_named_in_one_line_and_no_password_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"IMAP_HOST": "mail.example.org", "IMAP_SECURITY": "none", "IMAP_PASSWORD": "opensesame"}
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match="IMAP_SECURITY can't be used") as refused:
        make(Settings())
    assert "opensesame" not in str(refused.value)
