"""Access to what resources/pycanary/ holds: everything that is rendered or shipped."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


@cache
def text(name: str) -> str:
    """One file, by its path below resources/pycanary/."""
    return files("pycanary.resources").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # most stages send scripts and render nothing

    # Nothing rendered here is HTML: NGINX and YAML have no autoescape, so values are validated or quoted by filters.
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(text),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )


def render(name: str, **values: object) -> str:
    """A template, by its path below resources/pycanary/, with its values; an unknown name is an error."""
    return _environment().get_template(name).render(**values)
