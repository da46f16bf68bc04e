"""A YAML file as plain data which still knows the line of every key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

import yaml

from pycanary.config.problem import ConfigInvalid, Path, Problem, key_of

DEEPEST = 4  # a level more than canary.yml has; aliases multiply what lies deeper
MERGE = "tag:yaml.org,2002:merge"
TEXT = "tag:yaml.org,2002:str"


@dataclass
class Document:
    """What a file holds. Lines count from 1; written is a scalar as it stands in the file."""

    file: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a key, or of the nearest one above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, found: str, expected: str, remedy: str) -> Problem:
        """A problem with the value at that path."""
        return Problem(self.file, self.line(path), key_of(path), found, expected, remedy)


def read(path: File) -> Document:
    """Read and parse one file. Raises ConfigInvalid where that cannot be done; double keys are `problems`."""
    document = Document(str(path))
    text = _text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _walk(document, node, ())
            document.data = _construct(node)
    except yaml.YAMLError as error:
        raise ConfigInvalid([_syntax(document.file, text, error)]) from error
    except RecursionError as error:
        found, remedy = "the file is nested without end", "look for an alias (*NAME) inside its own anchor (&NAME)"
        raise ConfigInvalid([Problem(document.file, None, "", found, "at most four levels", remedy)]) from error
    if document.data is None:
        remedy = "write one with `pycanary init`"
        raise ConfigInvalid([Problem(document.file, None, "", "the file is empty", "a configuration", remedy)])
    return document


def _text(path: File) -> str:
    def fault(found: str, expected: str, remedy: str, line: int | None = None) -> ConfigInvalid:
        return ConfigInvalid([Problem(str(path), line, "", found, expected, remedy)])

    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise fault("there is no such file", "", "write one with `pycanary init`, or name another file") from error
    except IsADirectoryError as error:
        raise fault("this is a directory", "a file", f"name the file in it, such as {path / 'canary.yml'}") from error
    except OSError as error:
        raise fault(f"the file cannot be read: {error.strerror}", "a readable file", "correct its rights") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise fault(f"byte {raw[error.start]:#04x} is not UTF-8", "UTF-8", "save the file as UTF-8", line) from error


def _construct(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except (ValueError, OverflowError) as error:  # such as the date 2026-13-45
        raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from error
    finally:
        loader.dispose()


def _walk(document: Document, node: yaml.Node, path: Path) -> None:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        document.written[path] = node.value
    elif len(path) > DEEPEST:
        return
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(document, item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        _walk_mapping(document, node, path)


def _walk_mapping(document: Document, node: yaml.MappingNode, path: Path) -> None:
    own: dict[str, int] = {}
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif isinstance(key, yaml.ScalarNode):
            below = (*path, key.value)
            twice = key.value in own
            first = own.setdefault(key.value, key.start_mark.line + 1)
            document.lines[below] = key.start_mark.line + 1
            if twice:
                found = f"the key stands twice, first in line {first}"
                document.problems.append(document.problem(below, found, "each key once", "keep one of the two"))
            if key.tag != TEXT:
                found = f"YAML does not read the key `{key.value}` as text"
                document.problems.append(document.problem(below, found, "text", f'put it in quotes: "{key.value}"'))
            _walk(document, value, below)
    for mapping in merged:
        if isinstance(mapping, yaml.MappingNode):
            inherited = Document(document.file)
            _walk_mapping(inherited, mapping, path)
            document.lines = inherited.lines | document.lines
            document.written = inherited.written | document.written


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Problem:
    """PyYAML's error without its excerpt of the file, which may show a secret."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else None
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        found = f"the character U+{error.character:04X} is not allowed in YAML"
        return Problem(file, line, "", found, "printable text", "delete it")
    at = "".join(text.split("\n")[mark.line : mark.line + 1]) if mark else ""
    if "\t" in at[: len(at) - len(at.lstrip())]:
        return Problem(file, line, "", "a tab at the start of a line", "spaces", "replace tabs by spaces")
    found = f"the file is not YAML: {getattr(error, 'problem', None) or 'it cannot be parsed'}"
    remedy = "look at this line and the one before: indentation, a colon, a quote or a bracket"
    return Problem(file, line, "", found, "YAML", remedy)
