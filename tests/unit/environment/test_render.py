"""The exact text of the .env file, and the checksum that stands for it."""

import pytest

from pycanary.environment.checksum import checksum
from pycanary.environment.dotenv import render
from pycanary.secret import Secret


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("", "A=''"),
        ("plain", "A='plain'"),
        (" a #b ", "A=' a #b '"),
        ('$HOME `id` "x" \\n', "A='$HOME `id` \"x\" \\n'"),
        ("it's", 'A="it\'s"'),
        ('it\'s $5 \\ "x"', 'A="it\'s \\$5 \\\\ \\"x\\""'),
        ("ends\\", 'A="ends\\\\"'),
        ("ends\\\\", "A='ends\\\\'"),
        ("it's `id`", 'A="it\'s \\0140id\\0140"'),
    ],
)
def test_a_value_is_quoted_as_compose_reads_it(value, line):
    assert render({"A": Secret(value)}).reveal() == f"{line}\n"


def test_the_file_is_sorted_and_itself_a_secret():
    file = render({"B": Secret("2"), "A": Secret("1")})
    assert isinstance(file, Secret)
    assert file.reveal() == "A='1'\nB='2'\n"
    assert render({}).reveal() == ""


def test_the_checksum_tells_whether_anything_changed():
    one = checksum({"A": Secret("1"), "B": Secret("2")}, app="shop")
    assert one == checksum({"B": Secret("2"), "A": Secret("1")}, app="shop")
    others = [
        checksum({"A": Secret("1")}, app="shop"),
        checksum({"A": Secret("2"), "B": Secret("1")}, app="shop"),
        checksum({"A": Secret("1"), "C": Secret("2")}, app="shop"),
        checksum({"A": Secret("1"), "B": Secret("2")}, app="other"),
    ]
    assert len({one, *others}) == 5
    assert len(one) == 64
