"""canary.yml from a file to a model, with everything that is wrong with it at once."""

from __future__ import annotations

import re
from pathlib import Path as File
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pycanary.config.document import Document, read
from pycanary.config.model import Config
from pycanary.config.problem import ConfigInvalid, Problem

SECRET_WORDS = {"KEY", "SECRET", "PASSWORD", "PASSWD", "TOKEN"}
# Where a required key is unusable, these let the other checks run all the same.
STAND_INS: dict[str, Any] = {
    "app": "stand-in",
    "path": "/stand-in",
    "hosts": [{"address": "stand-in"}],
    "git": {"remote": "stand-in"},
    "services": {"stand-in": {"stable": 1, "canary": 2}},
}


def load(path: File) -> Config:
    """Read and validate a canary.yml.

    Raises ConfigInvalid, which holds every problem of the file; nothing of it is used then.
    """
    document = read(path)
    problems = document.problems + _secrets(document)
    config, found = _validated(document)
    problems += found
    if config is None or problems:
        raise ConfigInvalid(problems)
    return config


def _validated(document: Document) -> tuple[Config | None, list[Problem]]:
    if not isinstance(document.data, dict):
        remedy = "begin with `app: NAME`, or write a new file with `pycanary init`"
        return None, [document.problem((), "the file holds no keys", "`key: value` lines", remedy)]
    try:
        return Config.model_validate(document.data, context={"folder": File(document.file).parent}), []
    except ValidationError as error:
        from pycanary.config.explain import explain  # most files are right, and `plan` answers at once

        found = _with_conflicts(document.data, error.errors(include_url=False))
    return None, [problem for each in found for problem in explain(document, each)]


def _with_conflicts(data: dict[Any, Any], errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors, and the conflicts between keys: pydantic looks for these only where each key is valid by itself."""
    found = errors
    while (usable := _usable(data, errors)) != data:
        data = usable
        try:
            Config.model_validate(data)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            found = found + [each for each in errors if each["type"] == "value_error"]
    return found


def _usable(data: dict[Any, Any], errors: list[ErrorDetails]) -> dict[str, Any]:
    """The data without what is wrong by itself; a stand-in where something is required."""
    bad = {each["loc"][:2] for each in errors}
    bad |= {each["loc"][:1] for each in errors if each["type"] == "missing" and len(each["loc"]) == 2}
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if (key,) in bad or not isinstance(key, str):
            continue
        if isinstance(value, dict):
            kept[key] = {name: entry for name, entry in value.items() if (key, name) not in bad}
        elif isinstance(value, list):
            kept[key] = [entry for index, entry in enumerate(value) if (key, index) not in bad]
        else:
            kept[key] = value
    if "remote" not in kept.get("git", {}):
        kept["git"] = STAND_INS["git"]
    return STAND_INS | {key: value for key, value in kept.items() if value or key not in STAND_INS}


def _secrets(document: Document) -> list[Problem]:
    """Values written down for variables whose name says that they are secret."""
    variables = document.data.get("environment") if isinstance(document.data, dict) else None
    if not isinstance(variables, dict):
        return []
    return [
        document.problem(
            ("environment", name, "value"),
            "the value of a secret, which is not shown",
            "no secret in canary.yml",
            f"use `credential:` (Jenkins), or take it from the environment: `{name}: {{}}`; then replace the secret",
        )
        for name, entry in variables.items()
        if _is_secret(str(name)) and isinstance(entry, dict) and entry.get("value")
    ]


def _is_secret(name: str) -> bool:
    words = set(re.split(r"[_-]", name.upper()))
    return bool(words & SECRET_WORDS) and "PUBLIC" not in words  # NEXT_PUBLIC_...: sent to every browser
