"""A whole NGINX configuration as a tree, from the text of `nginx -T`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any

from pycanary.errors import StageFailed


@dataclass(frozen=True)
class Directive:
    """One directive where NGINX reads it; an `include` has what it includes as its block."""

    name: str
    arguments: tuple[str, ...]
    file: str
    line: int
    block: tuple[Directive, ...] = ()

    @property
    def where(self) -> str:
        """For people: file and line."""
        return f"{self.file}:{self.line}"

    def children(self) -> Iterator[Directive]:
        """The directives of the block as NGINX sees them, each include replaced by its content."""
        for child in self.block:
            if child.name == "include":
                yield from child.children()
            else:
                yield child


def read_dump(text: str) -> Directive:
    """The configuration as one directive without a name, whose block is the main context.

    Raises StageFailed for a text in which no configuration is found, or which cannot be parsed.
    """
    parts = re.split(r"^# configuration file (.+):\n", text, flags=re.MULTILINE)
    files = {path: _parse(path, body) for path, body in zip(parts[1::2], parts[2::2], strict=True)}
    if not files:
        raise StageFailed("`nginx -T` printed no configuration", remedy="run it on the host and look at what it says")
    main = next(iter(files))
    return Directive("", (), main, 0, _block(main, files[main], files))


def _parse(path: str, body: str) -> list[dict[str, Any]]:
    import crossplane

    payload = crossplane.parse_string(body, filename=path, single=True, check_ctx=False, check_args=False)
    if payload["errors"]:
        error = payload["errors"][0]
        raise StageFailed(f"cannot be parsed: {error['error']}", where=f"{path}:{error['line']}")
    parsed: list[dict[str, Any]] = payload["config"][0]["parsed"]
    return parsed


def _block(
    path: str, statements: list[dict[str, Any]], files: dict[str, list[dict[str, Any]]]
) -> tuple[Directive, ...]:
    return tuple(_directive(path, statement, files) for statement in statements)


def _directive(path: str, statement: dict[str, Any], files: dict[str, list[dict[str, Any]]]) -> Directive:
    name, arguments = statement["directive"], tuple(statement["args"])
    if name == "include":
        # NGINX reads a relative path from the main file's directory, wherever the include stands.
        pattern = str(PurePosixPath(next(iter(files))).parent / arguments[0])
        included = [(found, files[found]) for found in files if found == pattern or _matches(found, pattern)]
        block = tuple(child for found, body in included for child in _block(found, body, files))
    else:
        block = _block(path, statement.get("block", []), files)
    return Directive(name, arguments, path, statement["line"], block)


def _matches(path: str, pattern: str) -> bool:
    return path.count("/") == pattern.count("/") and fnmatch(path, pattern)


def includes(parent: Directive, path: str, main: str) -> bool:
    """Whether an include in this block, or in a file that it includes, would read that path, present or not."""
    base = PurePosixPath(main).parent
    return any(
        child.name == "include" and (_matches(path, str(base / child.arguments[0])) or includes(child, path, main))
        for child in parent.block
    )
