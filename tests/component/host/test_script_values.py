"""Whatever a value holds, the host's shell gets exactly that, and a secret shows nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pycanary.errors import UsageError
from pycanary.host.connection import Host
from pycanary.host.script import Script, words
from pycanary.secret import Secret

Make = Callable[..., Script]
TEXT = st.text(st.characters(blacklist_characters="\0\r", blacklist_categories=("Cs",)), max_size=60)
REAL_SHELL = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@REAL_SHELL
@given(value=TEXT)
@example(value='it\'s "quoted" `id` $(id) ${HOME} $HOME')
@example(value="a; exit 1 && rm x | y > z < w & # !!")
@example(value="line one\nline two\n\n")
@example(value="\\ \\n \\' ~ * ? [a] {b,c} \t")
@example(value="main </dev/null\nEOF\n'")
@example(value="서울 ☃ 👩‍🚀 é")
@example(value="-n -e")
@example(value="")
def test_a_value_reaches_the_script_unchanged(host: Host, script: Make, value: str) -> None:
    assert host.run(script('printf "%s" "$VALUE"', VALUE=value)) == value
    assert host.run(script('printf "%s" "$VALUE"', VALUE=Secret(value))) == value


@REAL_SHELL
@given(arguments=st.lists(TEXT.filter(bool), min_size=1, max_size=4))
@example(arguments=["a b", "$(id)", "'", "\n", ";"])
def test_a_command_reaches_the_script_word_by_word(host: Host, script: Make, arguments: list[str]) -> None:
    body = 'eval "set -- $COMMAND"; for word; do printf "%s|" "$word"; done'
    assert host.run(script(body, COMMAND=words(*arguments))) == "".join(f"{word}|" for word in arguments)


def test_numbers_and_truth_are_written_as_the_shell_reads_them(host: Host, script: Make) -> None:
    body = 'printf "%s %s %s" "$((COUNT + 1))" "${YES:+set}" "${NO:-unset}"'
    assert host.run(script(body, COUNT=41, YES=True, NO=False)) == "42 set unset"


def test_a_nul_character_is_refused_before_anything_is_sent(host: Host, script: Make) -> None:
    with pytest.raises(UsageError, match="PASSWORD holds a NUL character"):
        host.run(script(":", PASSWORD="a\0b"))
    assert host.round_trips == 0


SEARCH = """
    [ -z "$DECOY" ] || { tail -f /dev/null "$SECRET" >/dev/null 2>&1 & decoy=$!; }
    # The pattern comes on stdin, so that the search does not find itself.
    printf '%s' "$SECRET" | grep -alsF -f /dev/stdin /proc/[0-9]*/cmdline /proc/[0-9]*/environ || :
    [ -z "$DECOY" ] || kill "$decoy"
"""


def test_a_secret_is_in_no_process_list_while_its_script_runs(host: Host, script: Make) -> None:
    secret = Secret("s3cret-of-the-process-list-test")
    assert "cmdline" in host.run(script(SEARCH, SECRET=secret, DECOY=True))
    assert host.run(script(SEARCH, SECRET=secret, DECOY=False)) == ""


def test_a_script_whose_stdin_is_taken_refuses_secrets(host: Host, script: Make) -> None:
    with pytest.raises(AssertionError, match="process list"):
        host.converse(script(":", TOKEN=Secret("s3cret")))
