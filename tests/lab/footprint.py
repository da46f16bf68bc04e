"""What a command that was refused must have left as it was: a host's files, its processes, what users are answered."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.lab.lab import Lab

# Locks, logs, what was fetched, records of runs: no user and no later deployment is served from these.
PASSING = ("nginx/temp-", "nginx/error.log", "app/state/", "app/clone.git/", "app/source/", "app/environment/next.env")


def files(directory: Path, *, passing: tuple[str, ...] = ()) -> dict[str, str]:
    """The digest of every file below the directory, by its path there."""
    found = {}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_file() and not name.startswith(passing) and not name.endswith(".log"):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def footprint(lab: Lab) -> dict[str, Any]:
    """The first host, to be compared with itself later."""
    directory = lab.hosts[0].directory
    state = directory / "app" / "state" / "state.json"
    known = json.loads(state.read_text()) if state.exists() else {}
    return {
        "files": files(directory, passing=PASSING),
        "state": {key: known.get(key) for key in ("traffic", "slots", "hold")},
        "generation": _answer(lab.status_port, "/generation", lab.app),
        "weights": _answer(lab.status_port, "/weights", lab.app),
        "site": _answer(lab.http_port, "/", lab.app),
        "master": lab.hosts[0].nginx.pid,
    }


def _answer(port: int, path: str, app: str) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": f"pycanary-{app}"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return f"{answer.status} {answer.read().decode() if path != '/' else ''}"
    except urllib.error.URLError as error:
        return f"none: {error}"
