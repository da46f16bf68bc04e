"""The remedy is guessed from what people have met before."""

from __future__ import annotations

import pytest

from pycanary.health.causes import ELSEWHERE, remedy


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("java.sql.SQLException: Access denied for user 'shop'@'172.18.0.5' (using password: YES)", "password"),
        ("Unknown database 'shop'", "create the database"),
        ("Error: listen EADDRINUSE: address already in use :::3002", "free the port"),
        ("Web server failed to start. Port 8082 was already in use.", "free the port"),
        ("Migration V12__add_price.sql failed", "mend the migration"),
        ("Validate failed: Migrations have failed validation", "mend the migration"),
        ("java.lang.OutOfMemoryError: Java heap space", "more memory"),
        ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "more memory"),
        ("KeyError: 'ANTHROPIC_API_KEY'", "missing variable"),
        ("Could not resolve placeholder 'aws.bucket' in value", "missing variable"),
        ("java.net.UnknownHostException: mysql", "host name"),
        (
            "com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
            "start what it connects to",
        ),
        ("Can't DROP 'x'; check that column/key exists (SQL state 42000)", "mend the migration"),
        ("Schema `shop` contains a failed migration to version 3 !", "mend the migration"),
        ("ModuleNotFoundError: No module named 'fastapi'", "build the image again"),
        ("exec /bin/app: exec format error", "host's processor"),
    ],
)
def test_known_lines(line: str, word: str) -> None:
    assert word in remedy("it exited with code 1", ["starting", line, "bye"])


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("it exited with code 137", "memory"),
        ("it ran out of memory and was killed", "memory"),
        ("it exited with code 127", "command was not found"),
        ("it exited with code 143", "somebody stopped it"),
    ],
)
def test_without_a_known_line_the_way_it_ended_tells(reason: str, word: str) -> None:
    assert word in remedy(reason, ["nothing special"])


@pytest.mark.parametrize("end", ["it exited with code 137", "it exited with code 137, out of memory"])
def test_how_the_run_before_a_restart_ended_tells(end: str) -> None:
    assert "memory" in remedy("it was restarted while it was watched (restart count 1)", ["nothing special", end])


def test_else_the_log_has_to_be_read() -> None:
    assert remedy("not healthy within 180 s: /health answers 503", []) == ELSEWHERE
