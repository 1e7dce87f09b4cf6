"""Whose a mail is, as far as our own mail server knows it: what a mail says of itself is no proof (R41).

The server that receives for us writes `Authentication-Results` (RFC 8601) and takes away any that came with its own name.
"""

import re
from collections.abc import Mapping, Sequence

from shared.events.form import Form

Headers = Sequence[tuple[str, str]]
"""Names in small letters, and values as they came."""
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s";()]+)|(;)|(\()|(\s+)')
_IN_COMMENT = re.compile(r"\\.|[()]|[^\\()]+")


class Garbled(ValueError):
    """A header that is not as the standard says: whoever made it is not believed."""


class Trust(Form):
    """`server` is the name under which our receiving server writes results; `agencies`, by address or domain, who is theirs."""

    server: str = ""
    agencies: Mapping[str, str] = {}


def claimed_agency(sender: str, trust: Trust) -> str | None:
    """The agency that has this address, if the mail is from there."""
    return trust.agencies.get(sender) or trust.agencies.get(sender.rpartition("@")[2])


def is_of(agency: str, address: str, sender: str, trust: Trust) -> bool:
    """Whether somebody with this address can ask in a mail that `agency` is proved to have sent: they are of the agency, too."""
    return address.rpartition("@")[2] == sender.rpartition("@")[2] or claimed_agency(address, trust) == agency


def is_proved(headers: Headers, sender: str, trust: Trust) -> bool:
    """Whether our server found that the domain of `sender` sent this: by DMARC, or by a DKIM signature of that domain itself.

    Only the topmost results count, and only where they are our server's. SPF is about the envelope: it counts through DMARC.
    """
    results = next((value for name, value in headers if name == "authentication-results"), "")
    if not trust.server or sum(name == "from" for name, _ in headers) != 1:
        return False
    try:
        server, *findings = _split(results)
    except ValueError:
        return False
    if [word.lower() for word in server[:1]] != [trust.server.lower()]:
        return False
    domain = sender.rpartition("@")[2]
    said = [_finding(words) for words in findings]
    dmarc = [finding for finding in said if finding.get("method") == "dmarc"]
    if dmarc:
        return len(dmarc) == 1 and dmarc[0]["result"] == "pass" and dmarc[0].get("header.from") == domain
    return any({"method": "dkim", "result": "pass", "header.d": domain}.items() <= finding.items() for finding in said)


def _finding(words: Sequence[str]) -> Mapping[str, str]:
    method, _, result = words[0].lower().partition("=") if words else ("", "", "")
    more = dict(word.lower().split("=", 1) for word in words[1:] if "=" in word)
    return {**more, "method": method.partition("/")[0], "result": result}


def _split(value: str) -> list[list[str]]:
    """The words between semicolons, without comments; a quoted word is one word. Raises Garbled."""
    parts: list[list[str]] = [[]]
    place, glued = 0, False
    while place < len(value):
        token = _TOKEN.match(value, place)
        if token is None:
            raise Garbled
        quoted, word, semicolon, comment, space = token.groups()
        place = _after_comment(value, place) if comment else token.end()
        if semicolon:
            parts.append([])
        elif quoted is not None or word is not None:
            said = quoted if quoted is not None else word
            if glued and parts[-1]:
                parts[-1][-1] += said
            else:
                parts[-1].append(said)
        glued = not (comment or semicolon or space)
    return parts


def _after_comment(value: str, place: int) -> int:
    depth = 0
    for piece in _IN_COMMENT.finditer(value, place):
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if depth == 0:
            return piece.end()
    raise Garbled
