"""What a page may load and do (Content Security Policy): nothing from elsewhere, nothing inline but one known line."""

import base64
import hashlib
import re
from importlib.resources import files


def _one_inline_line() -> str:
    """The hash of the line by which the design system's template says that there is JavaScript: it can't be a file."""
    template = files("govuk_frontend_jinja").joinpath("templates/template.html").read_text(encoding="utf-8")
    (line,) = re.findall(r"<script[^>]*>(.*?)</script>", template, re.DOTALL)
    return base64.b64encode(hashlib.sha256(line.encode()).digest()).decode()


POLICY = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'self' 'sha256-{_one_inline_line()}'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
