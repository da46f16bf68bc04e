"""Text of other people on the pages of a CI system."""

from __future__ import annotations

LONGEST = 500
HTML = str.maketrans({"<": "‹", ">": "›", "&": "+"})  # a page shows HTML or plain text, as its administrator chose


def plain(text: str) -> str:
    """One line that reads the same whether the page takes it for HTML or for plain text."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split()).translate(HTML)[:LONGEST]
