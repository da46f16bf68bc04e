"""What only some commands need, and an installation may lack: the extras of setup.cfg."""

from __future__ import annotations

import importlib.util

from pycanary.errors import UsageError


def require(what: str, extra: str, *modules: str) -> None:
    """Raises UsageError naming the modules that are missing, and how that extra is installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"{what} needs {', '.join(missing)}",
            remedy=f"in pycanary's clone: `pipx install --force '.[{extra}]'`, or a venv's `pip install '.[{extra}]'`",
        )
