"""Every key that canary.yml may have, read from the model, and the one that somebody meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from pycanary.config.fields import Section
from pycanary.config.model import Config
from pycanary.config.problem import Path

ANY = "*"  # stands for a name or an index: services.*.stable
ALIKE = 0.7


def fields(section: type[Section] = Config, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """All keys in the order of the model, each with its path: (("services", "*", "stable"), field)."""
    for name, field in section.model_fields.items():
        yield (*path, name), field
        inner = section_in(field.annotation)
        if inner:
            yield from fields(inner, (*path, name, ANY) if is_collection(field.annotation) else (*path, name))


def section_in(annotation: Any) -> type[Section] | None:
    """The section that an annotation holds: of Host for tuple[Host, ...], None for plain values."""
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, Section):
        return annotation
    return next((found for found in map(section_in, get_args(annotation)) if found), None)


def is_collection(annotation: Any) -> bool:
    """Whether the value holds entries of which there may be any number."""
    return get_origin(annotation) in (tuple, dict)


def field_at(path: Path) -> FieldInfo | None:
    """The field of a path such as ("hosts", 0, "port"); None for an entry of a collection and for unknown keys."""
    known = dict(fields())
    return next((field for keys, field in known.items() if _matches(keys, path)), None)


def section_at(path: Path) -> type[Section] | None:
    """The section that stands at a path: Host at ("hosts", 0), Config at ()."""
    if not path:
        return Config
    field = field_at(path)
    if field is not None:
        return None if is_collection(field.annotation) else section_in(field.annotation)
    field = field_at(path[:-1])
    return section_in(field.annotation) if field is not None and is_collection(field.annotation) else None


def nearest(path: Path) -> str:
    """What to do about an unknown key: the known key which it resembles, here or elsewhere, or all that are known."""
    *above, key = path
    section = section_at(tuple(above))
    here = list(section.model_fields) if section else []
    wanted = str(key).lower().replace("-", "_")
    alike = difflib.get_close_matches(wanted, here, n=1, cutoff=ALIKE)
    if alike:
        return f"did you mean `{alike[0]}`?"
    elsewhere = _elsewhere(wanted, inside_entry=len(above) > 1 and field_at(tuple(above)) is None)
    if elsewhere:
        return f"did you mean `{elsewhere}`?"
    starts = [name for name in here if name.startswith(f"{wanted}_")]
    if len(starts) == 1:
        return f"did you mean `{starts[0]}`?"
    return f"known here: {', '.join(here)}"


def _elsewhere(key: str, *, inside_entry: bool) -> str:
    # From inside services.NAME a key like `port` must not point at the port of a host.
    paths = [keys for keys, _ in fields() if not (inside_entry and ANY in keys)]
    same = [keys for keys in paths if keys[-1] == key]
    if not same:
        names = difflib.get_close_matches(key, {keys[-1] for keys in paths}, n=1, cutoff=0.8)
        same = [keys for keys in paths if keys[-1] in names]
    return "` or `".join(".".join(keys).replace(f".{ANY}", "[]" if keys[0] == "hosts" else ".NAME") for keys in same)


def _matches(keys: tuple[str, ...], path: Path) -> bool:
    return len(keys) == len(path) and all(key in (ANY, part) for key, part in zip(keys, path, strict=True))
