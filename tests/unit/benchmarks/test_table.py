"""The table of figures: aligned on a terminal, Markdown in a file, between its markers in README.md."""

from __future__ import annotations

import pytest

from benchmarks.row import Row, count, seconds
from benchmarks.table import aligned, into, markdown

ROWS = [
    Row("rollback", "0.90 s", "ssh: 0.40 s", "<= 1.5 s", True, "medians of 7"),
    Row("start", "0.50 s", "python: 0.02 s", "<= 0.3 s", False, "medians of 15"),
    Row("lost", "3.0 a reload", "5 reloads", "", True, "wrk"),
]


def test_columns_are_aligned() -> None:
    assert aligned(ROWS) == (
        "figure    measured      beside it       must reach\n"
        "rollback  0.90 s        ssh: 0.40 s     <= 1.5 s    met\n"
        "start     0.50 s        python: 0.02 s  <= 0.3 s    MISSED\n"
        "lost      3.0 a reload  5 reloads       –           shown"
    )


def test_markdown_has_the_table_and_the_ways() -> None:
    lines = markdown(ROWS).splitlines()
    assert lines[2] == "| rollback | 0.90 s | ssh: 0.40 s | <= 1.5 s | met |"
    assert lines[-1] == "- **lost**: wrk"


def test_the_readme_changes_between_its_markers_only() -> None:
    readme = "a\n<!-- figures -->\nold\n<!-- /figures -->\nb\n"
    assert into(readme, "new") == "a\n<!-- figures -->\nnew\n<!-- /figures -->\nb\n"


def test_a_readme_without_markers_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no <!-- figures -->"):
        into("# pycanary\n", "new")


def test_numbers_are_readable() -> None:
    assert (seconds(0.256), count(12345)) == ("0.26 s", "12,345")
