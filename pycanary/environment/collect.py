"""The values of the containers' variables, each from the place that canary.yml names."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pycanary.config.model import Config
from pycanary.config.sections import EnvironmentFile, Variable
from pycanary.errors import UsageError
from pycanary.home import at_home
from pycanary.secret import Secret


class EnvironmentIncomplete(UsageError):
    """Variables that have no usable value, all of them at once."""


@dataclass(frozen=True)
class _Found:
    """A value, or why there is none, in words which never show one."""

    value: str | None = None
    fault: str = ""


def collect(config: Config, environ: Mapping[str, str]) -> dict[str, Secret]:
    """Every variable of the containers with its value; a single variable wins over the .env file's line.

    environ: pycanary's own environment. Raises EnvironmentIncomplete naming every required variable which is missing
    or empty, with the places that were looked at, and every value that no .env file can hold.
    """
    faults: list[str] = []
    lines: dict[str, str] = {}
    if config.environment_file:
        lines, faults = _env_file(config.environment_file, environ)
    values = dict(lines)
    for name, variable in config.environment.items():
        found = _look_up(name, variable, environ)
        if found.value:
            values[name] = found.value
        elif variable.required and not lines.get(name):
            faults.append(f"{name}: {found.fault}{_in_env_file(name, lines, config.environment_file)}")
        elif variable.value is not None:
            values[name] = ""
    faults += [f"{name}: {fault}" for name, value in values.items() if (fault := _unusable(value))]
    if faults:
        raise EnvironmentIncomplete(
            "the environment of the containers is not complete\n  " + "\n  ".join(faults),
            remedy="set what is missing; `required: false` in canary.yml lets a variable be absent",
        )
    return {name: Secret(value) for name, value in values.items()}


def _look_up(name: str, variable: Variable, environ: Mapping[str, str]) -> _Found:
    if variable.value is not None:
        return _Found(variable.value, "its value in canary.yml is empty")
    if variable.file is not None:
        return _content(at_home(variable.file), f"file {variable.file}")
    source = variable.variable or name
    by = f" (Jenkins credential {variable.credential})" if variable.credential else ""
    value = environ.get(source)
    if not value:
        return _Found(value, f"the variable {source}{by} is {'not set' if value is None else 'empty'}")
    if variable.kind == "file":  # Jenkins binds its path
        return _content(Path(value), f"the file that the variable {source}{by} names")
    return _Found(value)


def _content(path: Path, what: str) -> _Found:
    """A file's text without the line break at its end."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return _Found(fault=f"{what} is not UTF-8 text")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path is not usable"
        return _Found(fault=f"{what} cannot be read: {reason}")
    return _Found(text.removesuffix("\n").removesuffix("\r"), f"{what} is empty")


def _env_file(source: EnvironmentFile, environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The lines of the .env file, values as written: `$` is a character there, nothing is expanded."""
    from dotenv.parser import parse_stream

    by = f" (Jenkins credential {source.credential})" if source.credential else ""
    path = environ.get(source.variable)
    if not path:
        return {}, [f".env file: the variable {source.variable}{by}, which names it, is not set"]
    found = _content(Path(path), f"the .env file that the variable {source.variable}{by} names")
    if found.value is None:
        return {}, [f".env file: {found.fault}"]
    lines: dict[str, str] = {}
    faults = []
    for binding in parse_stream(io.StringIO(found.value.removeprefix("\ufeff"))):
        name, line = binding.key, binding.original.line
        if binding.error or (name is not None and (not _is_name(name) or binding.value is None)):
            faults.append(f".env file: line {line} is not NAME=VALUE")
        elif name is not None:
            lines[name] = binding.value or ""
    return lines, faults


def _is_name(name: str) -> bool:
    return name.isascii() and name.isidentifier()


def _in_env_file(name: str, lines: Mapping[str, str], source: EnvironmentFile | None) -> str:
    if source is None:
        return ""
    return ", and its line in the .env file is empty" if name in lines else ", and the .env file has no such line"


def _unusable(value: str) -> str:
    if "\0" in value:
        return "its value holds a NUL character, which no container can be given"
    if "\n" in value:
        return "its value has more than one line, which no .env file holds; encode it, for example in Base64"
    if any("\ud800" <= character <= "\udfff" for character in value):  # how Python shows foreign bytes
        return "its value is not UTF-8 text"
    return ""
