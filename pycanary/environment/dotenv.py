"""The .env file that Docker Compose reads, so that a container gets each value byte for byte."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pycanary.secret import Secret


def render(values: Mapping[str, Secret]) -> Secret:
    """The text of the .env file, one NAME=VALUE a line, sorted by name.

    The values hold neither newline nor NUL (`collect` refuses them).

    Who can read it, each tried: Docker Compose exactly, by `env_file:` and by `--env-file`, where variables of the
    calling process come first, so call it with a clean environment. POSIX sh by `set -a; . FILE` (dash, busybox, bash)
    and systemd's EnvironmentFile= (the parser of version 252) exactly, but for a value that holds a backtick and also a
    single quote or an odd number of backslashes at its end: there they see \\0140 for the backtick; sh never runs what
    stands between two of them. `docker run --env-file` is no reader: it keeps the quotes.
    """
    return Secret("".join(f"{name}={_quoted(values[name].reveal())}\n" for name in sorted(values)))


def _quoted(value: str) -> str:
    # Between single quotes Compose and sh change nothing, but Compose takes a backslash before a quote as an escape.
    backslashes = len(value) - len(value.rstrip("\\"))
    if "'" not in value and backslashes % 2 == 0:
        return f"'{value}'"
    # Compose does not know \` and sh would run what stands between backticks, so they are written in octal.
    escaped = re.sub(r'([\\"$])', r"\\\1", value).replace("`", r"\0140")
    return f'"{escaped}"'
