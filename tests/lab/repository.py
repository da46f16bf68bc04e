"""The lab's application in a bare git repository with real commits, some by people with strange names."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

APP = Path(__file__).with_name("app")
DOCKERFILE = """\
FROM pycanary-lab-app
WORKDIR /app
COPY app.py behaviour.json ./
CMD ["python3", "app.py"]
"""
STRANGE_AUTHOR = "Zoë 'Bobby' \"; DROP`id`$(id) 서울 @channel"
STRANGE_MESSAGE = (
    "fix: `rm -rf` $(reboot) 'quoted' \"double\" \\ %s ${HOME} <script> @channel 한글 ☃\n\nbody; with | pipes"
)


@dataclass(frozen=True)
class Ports:
    """The ports of one service in the two slots."""

    stable: int
    canary: int


class Repository:
    """app: its name, part of image and network names. `bare` is the remote; commits are made in a work tree."""

    def __init__(self, directory: Path, app: str, services: Mapping[str, Ports]) -> None:
        self.bare, self.work = directory / f"{app}.git", directory / f"{app}-work"
        self.app, self.services = app, dict(services)
        self._time = 1_700_000_000
        directory.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "--bare", "-b", "develop", str(self.bare), where=directory)
        self.git("clone", "-q", str(self.bare), str(self.work), where=directory)
        self.git("switch", "-q", "--orphan", "develop")

    def commit(
        self,
        message: str = "a change",
        *,
        behaviour: Mapping[str, Any] | None = None,
        author: str = "Dev Eloper",
        files: Mapping[str, str] | None = None,
        branch: str = "develop",
    ) -> str:
        """Commit the whole application and push it; the commit's id.

        behaviour: by service name or "*", see tests/lab/app/app.py. files: further contents by path. Every commit is a
        minute newer than the one before.
        """
        self._time += 60
        contents = {
            "app.py": (APP / "app.py").read_text(),
            "service.sh": (APP / "service.sh").read_text(),
            "behaviour.json": json.dumps(behaviour or {}, indent=1) + "\n",
            "Dockerfile": DOCKERFILE,
            ".gitignore": "*.log\n__pycache__/\n",
            "compose.shared.yml": yaml.safe_dump(self._shared(), sort_keys=False),
            "compose.stable.yml": yaml.safe_dump(self.slot_file("stable"), sort_keys=False),
            "compose.canary.yml": yaml.safe_dump(self.slot_file("canary"), sort_keys=False),
            **(files or {}),
        }
        for name, text in contents.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text)
        (self.work / "service.sh").chmod(0o755)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, author=author)
        self.git("push", "-q", "-f", "origin", f"HEAD:{branch}")
        return self.git("rev-parse", "HEAD").strip()

    def strange_commit(self, *, more: str = "", **changes: Any) -> str:
        """A commit whose author and message hold everything that shells, NGINX and Mattermost take for their own.

        more: what the message goes on with.
        """
        return self.commit(f"{STRANGE_MESSAGE}\n{more}".rstrip("\n"), author=STRANGE_AUTHOR, **changes)

    def git(self, *arguments: str, where: Path | None = None, author: str = "Dev Eloper") -> str:
        """One git command in the work tree. Raises CalledProcessError."""
        date = f"{self._time} +0900"
        identity = {
            "GIT_AUTHOR_NAME": author,
            "GIT_AUTHOR_EMAIL": "dev@example.com",
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": author,
            "GIT_COMMITTER_EMAIL": "dev@example.com",
            "GIT_COMMITTER_DATE": date,
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        done = subprocess.run(
            ["git", *arguments], cwd=where or self.work, env={**os.environ, **identity}, capture_output=True, check=True
        )
        return done.stdout.decode()

    def _shared(self) -> dict[str, Any]:
        store = {
            "image": "pycanary-lab-app",
            "command": ["python3", "-m", "http.server", "6379"],
            "init": True,
            "labels": {"pycanary-lab": self.app},
            "networks": ["shared"],
        }
        return {"services": {"store": store}, "networks": {"shared": {"name": f"{self.app}-shared"}}}

    def slot_file(self, slot: str) -> dict[str, Any]:
        """The Compose file of a slot, as every commit has it that does not bring another."""
        services = {name: self._service(name, slot) for name in self.services}
        return {"services": services, "networks": {"shared": {"name": f"{self.app}-shared", "external": True}}}

    def _service(self, name: str, slot: str) -> dict[str, Any]:
        port = getattr(self.services[name], slot)
        peers = {peer: getattr(ports, slot) for peer, ports in self.services.items() if peer != name}
        return {
            "image": f"{self.app}-{name}:${{COMMIT:?}}",
            "build": ".",
            "init": True,
            "env_file": ["${ENV_FILE:?}"],
            "environment": {
                "SERVICE": name,
                "SLOT": slot,
                "PORT": str(port),
                "BIND": "0.0.0.0",
                "COMMIT": "${COMMIT:?}",
                "TZ": "${TZ:?}",
                "PEERS": " ".join(f"{peer}=http://{peer}-{slot}:{at}" for peer, at in peers.items()),
            },
            "ports": [f"127.0.0.1:{port}:{port}"],
            "networks": {"default": {"aliases": [f"{name}-{slot}"]}, "shared": {"aliases": [f"{name}-{slot}"]}},
            "labels": {"pycanary-lab": self.app, "slot": slot, "service": name},
            "stop_grace_period": "30s",
        }
