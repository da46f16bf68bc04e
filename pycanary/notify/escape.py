"""Other people's text in a Mattermost message: it can neither mention, format, link nor break the layout."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit

LONGEST = 300  # characters of one text that are shown
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, direction marks, line separators: no glyph of their own
COMBINING = {"Mn", "Me"}
MOST_COMBINING = 2  # marks on one character; more reach into the lines above


def literal(text: str, longest: int = LONGEST) -> str:
    """text in one line of code, where Mattermost reads no @name, ~channel, :emoji:, Markdown, HTML or address."""
    line = " ".join(_visible(text[: 20 * longest]).split()).replace("`", "ˋ")
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    return f"`{line}`" if line else "–"


def link(text: str, address: str | None) -> str:
    """A link whose text is ours; only the text where the address is none of the web."""
    if not address or urlsplit(address).scheme not in ("http", "https"):
        return text
    return f"[{text}]({quote(address, safe=_SAFE)})"


# What an address may hold beside letters and digits; round brackets would end a link.
_SAFE = "%/:?#[]@!$&'*+,;=-._~"


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in COMBINING else 0
        if marks <= MOST_COMBINING:
            kept.append(" " if category in UNSEEN else character)
    return "".join(kept)
