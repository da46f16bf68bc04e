"""The table of figures as text, as Markdown, and in README.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.row import Row

HEAD = ("figure", "measured", "beside it", "must reach", "")
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def aligned(rows: Sequence[Row]) -> str:
    """For a terminal: every column as wide as its widest cell."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def markdown(rows: Sequence[Row]) -> str:
    """A Markdown table, and how each figure was measured."""
    lines = [HEAD, ("---",) * len(HEAD), *(_cells(row) for row in rows)]
    ways = [f"- **{row.figure}**: {row.how}" for row in rows]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", "How each was measured:", "", *ways])


def into(readme: str, text: str, opening: str = BEGIN, closing: str = END) -> str:
    """The README with the text between two markers. Raises ValueError where there are none."""
    before, begin, rest = readme.partition(opening)
    _, end, after = rest.partition(closing)
    if not (begin and end):
        raise ValueError(f"README.md has no {opening} ... {closing}")
    return f"{before}{opening}\n{text}\n{closing}{after}"


def _cells(row: Row) -> tuple[str, ...]:
    return row.figure, row.measured, row.beside, row.target or "–", row.verdict
