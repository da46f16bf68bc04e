"""The validator's findings as our own sentences: what was found, what is expected, what to do."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pycanary.config.document import Document
from pycanary.config.keys import field_at, is_collection, nearest, section_at, section_in
from pycanary.config.problem import Path, Problem, key_of
from pycanary.errors import UsageError

KEY = "[key]"  # the validator's last step to a key, instead of to its value
LONGEST_SHOWN = 60
SECRET_SECTIONS = ("environment", "environment_file", "mattermost")
NO_SECRET_KEYS = ("kind", "required")
PASSWORD = re.compile(r"://[^/@]*@")


def explain(document: Document, error: ErrorDetails) -> list[Problem]:
    """One finding of the validator as problems: several where one check found several conflicts."""
    path, kind = error["loc"], error["type"]
    if path[:1] == ("steps",) and len(path) > 2:
        path, kind = path[:2], "step"
    if kind == "invalid_key" or (kind == "string_type" and path[-1] == KEY):
        return []  # a key that is no text: said when the file was read
    if kind == "too_short" and error["input"]:
        return []  # its entries are what is wrong
    if kind == "missing":
        return [_missing(document, path)]
    if kind == "extra_forbidden":
        return [document.problem(path, "unknown key", "", nearest(path))]
    if kind == "value_error":
        return _of_validator(document, path, error)
    if path[-1:] == (KEY,):
        expected = _plain(_first_inside(path[:-2]))
        return [document.problem(path[:-1], "the name is not allowed", expected, "choose another name")]
    value = error["input"]
    return [document.problem(path, found(document, path, value), expected_at(path), _remedy(path, value))]


def found(document: Document, path: Path, value: Any) -> str:
    """The value as people see it; never one which may be a secret."""
    if value is None:
        return "no value"
    if isinstance(value, dict):
        return "a section" if value else "an empty section"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if path[0] in SECRET_SECTIONS and path[-1] not in NO_SECRET_KEYS:
        return "a value that is not shown, since it may be a secret"
    written = PASSWORD.sub("://****@", document.written.get(path, str(value)))
    shown = written if len(written) <= LONGEST_SHOWN else written[: LONGEST_SHOWN - 1] + "…"
    if isinstance(value, str):
        return repr(shown)
    if isinstance(value, bool):
        return f"`{shown}`, which YAML reads as {str(value).lower()}"
    return f"`{shown}`" if isinstance(value, int | float) else f"`{shown}`, which YAML reads as a date"


def expected_at(path: Path) -> str:
    """What belongs at a path, in words."""
    section = section_at(path)
    if section is not None:
        return f"a section with the keys {', '.join(section.model_fields)}"
    field = field_at(path)
    if field is None:  # an entry of a list of plain values
        return _plain(_first_inside(path[:-1]))
    if is_collection(field.annotation):
        entries = "entries" if section_in(field.annotation) is None else "sections"
        shape = "a list of" if get_origin(field.annotation) is tuple else "named"
        return f"{shape} {entries}, at least one" if field.is_required() else f"{shape} {entries}"
    return _plain(field.annotation, field.metadata)


def _first_inside(path: Path) -> Any:
    """The kind of the entries of a list, or of the names in a section of named ones."""
    field = field_at(path)
    return get_args(field.annotation)[0] if field else str


def _plain(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    kinds = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    kind = next(each for each in kinds if each is not type(None))
    limits = [*metadata, *getattr(kind, "__metadata__", ())]
    facts = {name: getattr(limit, name) for limit in _flat(limits) for name in _FACTS if hasattr(limit, name)}
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if kind is bool:
        return "true or false"
    if kind is int:
        return f"a whole number from {facts['ge']} to {facts['le']}"
    if "words" in facts:
        return str(facts["words"])
    return "text that is not empty" if "min_length" in facts else "text"


_FACTS = ("ge", "le", "words", "min_length")


def _flat(limits: list[Any]) -> list[Any]:
    return [each for limit in limits for each in (limit.metadata if isinstance(limit, FieldInfo) else [limit])]


def _missing(document: Document, path: Path) -> Problem:
    field = field_at(path)
    purpose = (field.description or "").rstrip(".") if field else ""
    above = f"below `{key_of(path[:-1])}`" if len(path) > 1 else "at the top level"
    return document.problem(path, "this required key is missing", "", f"add `{path[-1]}:` {above} ({purpose})")


def _of_validator(document: Document, path: Path, error: ErrorDetails) -> list[Problem]:
    """Our own validators say what they expect, and after a colon what they found; one line a conflict."""
    raised = error["ctx"]["error"]
    cause = raised.__cause__
    if isinstance(cause, UsageError):
        return [document.problem(path, cause.found, cause.expected, cause.remedy or "correct the value")]
    value = error["input"]
    problems = []
    for line in str(raised).split("\n"):
        expected, _, conflict = line.partition(": ")
        words = conflict.split()
        named = max((known for known in document.lines if key_of(known) in words), key=_last_in(words), default=path)
        what = conflict or ("they do not fit together" if isinstance(value, dict) else found(document, path, value))
        problems.append(
            document.problem(path or named, what, expected, "correct one of them" if conflict else "correct it")
        )
    return problems


def _last_in(words: list[str]) -> Callable[[Path], int]:
    return lambda known: words.index(key_of(known))


def _remedy(path: Path, value: Any) -> str:
    section = section_at(path)
    required = [name for name, field in section.model_fields.items() if field.is_required()] if section else []
    if section and isinstance(value, str) and len(required) == 1:
        return f"write `{required[0]}: {value}`" if value.isprintable() else f"write `{required[0]}:` before it"
    field = field_at(path)
    wants_text = field is None or "str" in str(field.annotation)
    if section is None and wants_text and isinstance(value, bool | int | float | date):
        return "put it in quotes"
    if section is not None and value is None and not required:
        return "write `{}` after it for its defaults, or delete the key"
    if value is None:
        return "give it a value, or delete the key"
    if isinstance(value, str) and value.isdecimal():
        return "write it without quotes"
    return "correct it"
