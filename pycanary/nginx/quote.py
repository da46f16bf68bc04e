"""Text of canary.yml as one word of an NGINX configuration."""

from __future__ import annotations

import re


def word(text: str) -> str:
    """One argument of a directive, whatever it holds: quoted only where NGINX would read more than text in it."""
    if re.fullmatch(r"[A-Za-z0-9._/:@%+,=~*-]+", text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
