"""The headers of a mail, read so that none, however long or broken, holds anything up."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import default

from services.mailbox.domain.plain import on_one_line

LONGEST = 2_000
"""Characters of one header that are looked at."""


class Head:
    """What a mail says before its text. Names are in small letters."""

    def __init__(self, message: EmailMessage) -> None:
        self.all: Sequence[tuple[str, str]] = [
            (name.lower(), str(value)[:LONGEST]) for name, value in message.raw_items()
        ]

    def raw(self, name: str) -> str:
        """The topmost header of this name, as it came; empty where there is none."""
        return next((value for known, value in self.all if known == name), "")

    def word(self, name: str) -> str:
        """Its first word, in small letters."""
        return self.raw(name).partition(";")[0].strip().lower()

    def text(self, name: str) -> str:
        """Its words on one line, decoded; as they came where they can't be."""
        raw = self.raw(name)
        try:
            return on_one_line(str(default.header_fetch_parse(name, raw)))
        except Exception:  # the parser of headers fails in many ways on what is broken
            return on_one_line(raw)

    @property
    def senders(self) -> list[tuple[str, str]]:
        """The names and addresses in the topmost `From`."""
        return self.people("from")

    def people(self, name: str) -> list[tuple[str, str]]:
        """The names and addresses in the topmost header of this name; none where they can't be told."""
        try:
            addresses = default.header_fetch_parse(name, self.raw(name)).addresses
            return [(on_one_line(each.display_name), on_one_line(each.addr_spec).lower()) for each in addresses]
        except Exception:
            return []

    @property
    def sender(self) -> tuple[str, str]:
        """The one of `From`; an empty address where there is none, or more than one."""
        names = self.senders
        return names[0] if len(names) == 1 and "@" in names[0][1] else ("", "")
