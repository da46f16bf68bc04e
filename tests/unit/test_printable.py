"""Other people's text on a console."""

import io

from pycanary.printable import lines, one_line
from pycanary.run.reporter import PlainReporter


def test_one_line() -> None:
    assert one_line(" a\n\tb \x1b[1;31mred\x1b[0m\x07 ☃ ", 100) == "a b red ☃"
    assert one_line("y" * 1000, 5) == "yyyyy"


def test_lines_keep_their_indentation_and_nothing_that_moves_a_cursor() -> None:
    assert lines("a\r\n  \x1b[32mb\x1b[0m\x1b[2J\rc\x1b\n") == ["a", "  b c"]
    assert lines("") == [""]


def test_a_log_shows_an_applications_colours_as_plain_lines() -> None:
    stream = io.StringIO()
    PlainReporter("Asia/Seoul", stream).say("error", "it failed\n\x1b[31mboom\x1b[0m\u2028x\n")
    shown = stream.getvalue().splitlines(keepends=True)
    assert [line[9:] for line in shown] == ["ERROR it failed\n", "      boom x\n"]
