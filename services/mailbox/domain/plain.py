"""What a person reads of a mail: plain text on lines, whatever was sent (HTML, any charset, or none)."""

import re
import unicodedata
from email.message import EmailMessage

from lxml import etree, html

MOST_HTML = 2_000_000
"""Bytes of one part; more is not looked at."""
LINES = "address article blockquote br dd div dt h1 h2 h3 h4 h5 h6 hr li p pre section table td th tr".split()
UNSEEN = ("script", "style", "head", "title", "template", "noscript", "object", "svg")
JOINERS = "\u200c\u200d"
"""They cannot be seen and yet are part of how names are spelled in Persian, Sinhala and other scripts."""


def clean(text: str) -> str:
    """`text` with nothing in it that can't be stored, or that turns the order of letters round or hides between them."""
    known = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    plain = known if known.isascii() and known.isprintable() else "".join(_seen(sign) for sign in known)
    return re.sub(r"\n{4,}", "\n\n\n", plain).strip()


def on_one_line(text: str, most: int = 200) -> str:
    """The beginning of `text`, at most so many characters, on one line."""
    return " ".join(clean(text[: most * 10]).split())[:most]


def text_of_html(page: str) -> str:
    """The words of a page, each block on a line of its own. Nothing is loaded; where links lead is not shown."""
    if not page.strip():
        return ""
    root = html.document_fromstring(page, parser=html.HTMLParser(no_network=True, huge_tree=False))
    etree.strip_elements(root, *UNSEEN, with_tail=False)
    for element in root.iter(*LINES):
        element.text = "\n" + (element.text or "")
        element.tail = "\n" + (element.tail or "")
    lines = (" ".join(line.split()) for line in str(root.text_content()).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def text_of(part: EmailMessage) -> str:
    """What can be read of a part and the parts in it. Of alternatives the one that says most: the other may say nothing."""
    if part.is_multipart():
        found = [text_of(inner) for inner in parts_of(part)]
        if part.get_content_type() == "multipart/alternative":
            return max(found, key=len, default="")
        return "\n\n".join(text for text in found if text.strip())
    return _words(part) if is_text(part) else ""


def parts_of(part: EmailMessage) -> list[EmailMessage]:
    """The parts of a multipart, or the mail that is inside another."""
    inside = part.get_payload() if part.is_multipart() else []
    return [inner for inner in inside if isinstance(inner, EmailMessage)]


def is_text(part: EmailMessage) -> bool:
    """Whether it is shown, and not listed as attached."""
    broken = part.get_content_maintype() == "multipart" and not part.is_multipart()  # its parts can't be told apart
    shown = broken or part.get_content_type() in ("text/plain", "text/html")
    return shown and part.get_content_disposition() != "attachment" and not part.get_filename()


def content_of(part: EmailMessage) -> bytes:
    """What is in a part, decoded as far as it can be."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _words(part: EmailMessage) -> str:
    content = content_of(part)
    text = _decoded(content if len(content) <= MOST_HTML else content[:MOST_HTML].rpartition(b"\n")[0], part)
    return text_of_html(text) if part.get_content_type() == "text/html" else text


def _decoded(content: bytes, part: EmailMessage) -> str:
    """By the charset that the part names, or else by one that fits."""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return content.decode(charset)
        except (LookupError, UnicodeError):
            continue
    return content.decode("cp1252", "replace")


def _seen(sign: str) -> str:
    if sign in "\n" or sign in JOINERS:
        return sign
    category = unicodedata.category(sign)
    return "" if category in ("Cf", "Cs", "Co", "Cn") else " " if category in ("Cc", "Zl", "Zp", "Zs") else sign
