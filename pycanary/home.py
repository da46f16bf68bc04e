"""Paths of the user's home."""

from __future__ import annotations

from pathlib import Path


def at_home(path: str) -> Path:
    """The path, ~ being the user's home; as it stands where there is none: a container's uid without a name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
