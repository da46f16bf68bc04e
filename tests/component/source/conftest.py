"""A real remote repository, and a host that has nothing of it yet."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from pycanary.config.model import Config
from pycanary.host.layout import Layout
from pycanary.model.release import Commit
from pycanary.model.slot import Slot
from pycanary.source.checkout import Saved, checkout, parse_saved
from pycanary.source.fetch import fetch, parse_commit
from tests.component.local import RUN, LocalHost, own_lease

# Submodules by a path are refused by default since CVE-2022-39253; the tests have no other server.
GIT = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
    "GIT_AUTHOR_NAME": "Jiwoo Kim",
    "GIT_AUTHOR_EMAIL": "jiwoo@example.com",
    "GIT_COMMITTER_NAME": "Jiwoo Kim",
    "GIT_COMMITTER_EMAIL": "jiwoo@example.com",
}


def git(where: Path, *arguments: str, stdin: str | None = None) -> str:
    return subprocess.run(
        ["git", "-C", str(where), *arguments],
        check=True,
        text=True,
        input=stdin,
        capture_output=True,
        env={**os.environ, **GIT},
    ).stdout.strip()


def commit_files(where: Path, message: str, files: dict[str, str | None]) -> str:
    """Write or remove files, commit all of them, return the id."""
    for name, text in files.items():
        path = where / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(where, "rev-parse", "HEAD")


def new_repository(where: Path) -> Path:
    where.mkdir(parents=True)
    git(where, "init", "--quiet", "-b", "develop")
    return where


@dataclass
class Stage:
    """A remote and a host, and the two scripts run on it."""

    remote: Path
    config: Config
    host: LocalHost

    @property
    def layout(self) -> Layout:
        return Layout.of(self.config)

    @property
    def clone(self) -> Path:
        return Path(self.layout.clone)

    @property
    def source(self) -> Path:
        return Path(self.layout.source)

    @property
    def canary(self) -> Path:
        return Path(self.layout.worktree(Slot.CANARY))

    def fetch(self, commit: str | None = None, **options: object) -> Commit:
        return parse_commit(self.host.run(fetch(self.config, commit, RUN, **options)))  # type: ignore[arg-type]

    def checkout(self, commit: str, slot: Slot = Slot.CANARY) -> Saved | None:
        return parse_saved(self.host.run(checkout(self.config, slot, commit, RUN)))

    def deploy(self, commit: str | None = None) -> Saved | None:
        """Fetch and check out into the canary slot."""
        return self.checkout(self.fetch(commit).id)

    def type(self, *lines: str) -> None:
        """What a person types on the host."""
        for line in lines:
            subprocess.run(["sh", "-ec", line], check=True, env={**os.environ, **GIT}, capture_output=True)


def config_of(root: Path, remote: str, branch: str = "develop") -> Config:
    return Config.model_validate(
        {
            "app": "shop",
            "hosts": [{"address": "localhost"}],
            "path": str(root),
            "git": {"remote": remote, "branch": branch},
            "services": {"web": {"stable": 3001, "canary": 3002}},
        }
    )


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    remote = new_repository(tmp_path / "remote")
    commit_files(remote, "first", {"app.txt": "one\n", "folder/other.txt": "other\n", ".gitignore": "*.log\nbuild/\n"})
    config = config_of(tmp_path / "host", str(remote))
    own_lease(config)
    return Stage(remote, config, LocalHost(GIT))
