"""Text of other people on the pages of a CI system."""

from __future__ import annotations

from pycanary.printable import one_line

LONGEST = 500
HTML = str.maketrans({"<": "‹", ">": "›", "&": "+"})  # a page shows HTML or plain text, as its administrator chose


def plain(text: str) -> str:
    """One line that reads the same whether the page takes it for HTML or for plain text."""
    return one_line(text, LONGEST).translate(HTML)
