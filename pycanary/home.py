"""Who the local user is, and where their home: a container's uid may have neither."""

from __future__ import annotations

import getpass
import os
from pathlib import Path


def at_home(path: str) -> Path:
    """The path, ~ being the user's home; as it stands where there is none: a container's uid without a name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def user_name() -> str:
    """The local user's name, or the number of one who has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
