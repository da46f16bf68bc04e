"""The first canary.yml of a project, with comments and what can be known beforehand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from pycanary import resource

REMOTE = "git@gitlab.example.com:team/{app}.git"
ADDRESS = "host1.example.com"


def template(app: str, remote: str | None) -> str:
    """The text of a valid canary.yml; what must be changed says CHANGE.

    app: any text, such as a directory's name. remote: the repository, None where it is not known; its user name and
    password are left out where it is a web address.
    """
    name = app_name(app)
    return resource.render(
        "canary.yml.j2",
        app=_quoted(name),
        directory=name,
        remote=_quoted(re.sub(r"^(https?://)[^/@]*@", r"\1", remote) if remote else REMOTE.format(app=name)),
        known_remote=bool(remote),
        address=ADDRESS,
    )


def app_name(text: str) -> str:
    """The nearest text that canary.yml accepts for `app`: "My Shop_2" becomes "my-shop-2"."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = words if words[:1].isalpha() else f"app-{words}"
    return name[:32].strip("-")


def origin(directory: Path) -> str | None:
    """What `git remote get-url origin` says there; None without git, repository or origin."""
    try:
        command = ["git", "-C", str(directory), "remote", "get-url", "origin"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _quoted(text: str) -> str:
    """A YAML scalar on one line, in quotes where it would be read as something else."""
    return yaml.safe_dump(text, width=sys.maxsize, allow_unicode=True).splitlines()[0]
