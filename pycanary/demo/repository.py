"""The demo's application in a bare git repository, with real commits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from pycanary import resource
from pycanary.errors import UsageError


class Repository:
    """A bare repository and a work tree that commits are made in."""

    def __init__(self, root: Path) -> None:
        self.bare, self._work = root / "shop.git", root / "shop"

    def create(self) -> None:
        """An empty repository whose branch is develop."""
        self._git("init", "--quiet", "--bare", "--initial-branch=develop", str(self.bare), where=self.bare.parent)
        self._git("clone", "--quiet", str(self.bare), str(self._work), where=self.bare.parent)

    def commit(self, message: str, behaviour: dict[str, Any] | None = None) -> str:
        """Commit the shop with that behaviour and push it; the commit's id."""
        (self._work / "service.py").write_text(resource.text("demo/service.py"))
        (self._work / "behaviour.json").write_text(json.dumps(behaviour or {}) + "\n")
        (self._work / "CHANGES").open("a").write(f"{message}\n")
        self._git("add", ".")
        self._git("commit", "--quiet", "--message", message)
        self._git("push", "--quiet", "origin", "HEAD:develop")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str, where: Path | None = None) -> str:
        identity = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=where or self._work, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UsageError(
                f"git {arguments[0]} failed: {done.stderr.strip()}", remedy="is git 2.28 or newer installed?"
            )
        return done.stdout
