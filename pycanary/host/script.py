"""What is sent to a host: one POSIX sh script, its values quoted by type, all of it over stdin."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from pycanary import resource
from pycanary.errors import UsageError
from pycanary.secret import Secret

Value = str | int | bool | Secret


@dataclass(frozen=True)
class Script:
    """A file of resources/pycanary/host/ that defines `main`, with the values it reads.

    Values are shell variables, never argv, so a secret shows in no process list; a list is one value with one item a
    line. libraries: files of functions put between lib.sh and the script. timeout_seconds: after that the host itself
    ends the script.
    """

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    timeout_seconds: int = 60
    libraries: tuple[str, ...] = ()

    def render(self) -> str:
        """The exact text that the host's `sh -s` reads; it ends by running main with an empty stdin."""
        assignments = "".join(f"{name}={quoted(name, value)}\n" for name, value in self.values.items())
        files = "".join(f"{resource.text(f'host/{name}.sh')}\n" for name in ("lib", *self.libraries, self.name))
        return f"set -eu\n{assignments}{files}main </dev/null\n"

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The values that must never be printed."""
        return tuple(value for value in self.values.values() if isinstance(value, Secret))


def quoted(name: str, value: Value) -> str:
    """A value as one shell word. Raises UsageError for NUL, which no shell variable can hold."""
    if isinstance(value, bool):
        return "yes" if value else "''"
    text = value.reveal() if isinstance(value, Secret) else str(value)
    if "\0" in text:
        raise UsageError(
            f"{name} holds a NUL character", remedy="remove it; neither a shell nor a container can hold one"
        )
    return shlex.quote(text)


def words(*arguments: str) -> str:
    """A command for a script to `eval`: each argument one quoted word."""
    return shlex.join(arguments)
