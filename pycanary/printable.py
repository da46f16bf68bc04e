"""Other people's text, fit for a console, a record or a build's page."""

from __future__ import annotations

import click

LONGEST_NAME = 100


def one_line(text: str, longest: int) -> str:
    """One printable line: no breaks, no escape codes, no runs of spaces, and no more than that many characters."""
    return " ".join(_printable(text).split())[:longest]


def lines(text: str) -> list[str]:
    """Its lines, without the colours and control characters that a program's log may hold."""
    return [_printable(line).rstrip() for line in text.rstrip("\n").split("\n")]


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in click.unstyle(text))
