"""What the engine's tests ask of a lab: what is served, what runs, what was recorded, who was told, who failed."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pycanary.model.traffic import Traffic
from tests.lab.lab import SERVICES, Lab, Result
from tests.lab.machine import wait_until
from tests.lab.processes import service_pid
from tests.lab.users import Users

ENOUGH_USERS = 25


def view(lab: Lab, host: int = 0) -> dict[str, Any]:
    """What `status --json` says of one host, in the order of canary.yml."""
    found = {each["host"]: each for each in views(lab)}[lab.hosts[host].sshd.host().name]
    assert not found["error"] and not found["drift"], found
    return found


def views(lab: Lab) -> list[dict[str, Any]]:
    """What `status --json` says of every host."""
    found: list[dict[str, Any]] = json.loads(lab.pycanary("status", "--json").stdout)
    return found


def split(lab: Lab, host: int = 0) -> str:
    """What the running NGINX serves, such as "999:1, canary out"; state, files and NGINX must agree on it."""
    return split_of(view(lab, host))


def split_of(found: dict[str, Any]) -> str:
    """The same from an answer of `view`."""
    return Traffic.model_validate(found["traffic"]).summary if found["traffic"] else "nothing"


def commits(found: dict[str, Any]) -> dict[str, str]:
    """The short commit in each slot, from an answer of `view`."""
    return {slot: release["commit"]["id"][:8] for slot, release in found["releases"].items()}


def remembered(lab: Lab, host: int = 0) -> dict[str, Any]:
    """What the host's state.json says, in the words of `view` and at no cost: for what a test begins with."""
    state = json.loads((state_directory(lab, host) / "state.json").read_text())
    held = state["hold"] or {"since": ""}
    return {"traffic": state["traffic"], "releases": state["slots"], "held_since": held["since"]}


def records(lab: Lab) -> list[dict[str, Any]]:
    """The records of all runs, newest first, as `history --json` prints them."""
    files = sorted((state_directory(lab) / "runs").glob("*.json"), reverse=True)
    return [json.loads(file.read_text()) for file in files]


def state_directory(lab: Lab, host: int = 0) -> Path:
    """Where the host keeps state.json, the lease and the records."""
    return lab.hosts[host].directory / "app" / "state"


def pids(lab: Lab, slot: str, host: int = 0) -> dict[str, int]:
    """The process of each service of a slot that runs."""
    found = {}
    for service in SERVICES:
        pid = service_pid(lab.hosts[host].directory / "run", slot, service)
        if pid is not None:
            found[service] = pid
    return found


@contextmanager
def flawless(lab: Lab, host: int = 0, **options: Any) -> Iterator[Users]:
    """Users in flight, of whom nobody may see a failure."""
    with lab.users(host, pause_seconds=0.1, **(options or {"visit": 1, "post": 1})) as users:
        yield users
    assert not users.all.failures, "\n".join(str(failure) for failure in users.all.failures[:10])
    assert users.all.requests


def shares(users: Users) -> dict[str, float]:
    """The part of the users who come from now on that meets each release."""
    users.span()
    users.wait_for(ENOUGH_USERS)
    seen = users.span()
    met = dict.fromkeys(seen.releases(), 0)
    for (_, _, release), count in seen.answers.items():
        met[release] += count
    return {release: count / seen.answers.total() for release, count in met.items()}


def start_seconds(lab: Lab, seconds: int, **more: object) -> dict[str, dict[str, object]]:
    """The `services` of a canary.yml that waits so long for each; more: further keys of all."""
    return {
        name: {"stable": ports.stable, "canary": ports.canary, "start_seconds": seconds, **more}
        for name, ports in lab.services.items()
    }


class Running:
    """`pycanary ARGUMENTS` in the background, whose lines can be awaited."""

    def __init__(self, lab: Lab, *arguments: str, **environment: str) -> None:
        self.process = lab.start(*arguments, **environment)
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._threads = [threading.Thread(target=self._collect, args=(name,), daemon=True) for name in self._lines]
        for thread in self._threads:
            thread.start()

    def _collect(self, name: str) -> None:
        for line in getattr(self.process, name):
            self._lines[name].append(line)

    @property
    def text(self) -> str:
        """What it has printed so far."""
        return "".join(self._lines["stdout"] + self._lines["stderr"])

    def said(self, text: str) -> Running:
        """Return once it has printed that text."""
        wait_until(lambda: text in self.text or self.process.poll() is not None, f"{text!r} in\n{self.text}", 90)
        assert text in self.text, f"exit {self.process.poll()} before {text!r}:\n{self.text}"
        return self

    def send(self, number: signal.Signals) -> None:
        """Signal it."""
        self.process.send_signal(number)

    def end(self) -> Result:
        """Its result, once it has ended."""
        code = self.process.wait(timeout=120)
        for thread in self._threads:
            thread.join()
        return Result(code, "".join(self._lines["stdout"]), "".join(self._lines["stderr"]))

    def kill(self) -> None:
        """End it as a lost agent does: without a word to anybody."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(lab: Lab, *arguments: str, **environment: str) -> Iterator[Running]:
    """A command in the background, for the time of the block at most."""
    run = Running(lab, *arguments, **environment)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()


class Mattermost:
    """A server that takes the messages of an incoming webhook."""

    def __init__(self) -> None:
        messages = self.messages = list[dict[str, Any]]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/s3cr3t"

    @property
    def last(self) -> dict[str, str]:
        """The last message: its title and its fields by name."""
        attachment = self.messages[-1]["attachments"][0]
        return {"title": attachment["title"], **{field["title"]: field["value"] for field in attachment["fields"]}}


@contextmanager
def mattermost(lab: Lab) -> Iterator[Mattermost]:
    """A Mattermost that the lab's deployments tell."""
    told = Mattermost()
    thread = threading.Thread(target=told.server.serve_forever, daemon=True)
    thread.start()
    lab.environment["MATTERMOST_URL"] = told.url
    try:
        yield told
    finally:
        told.server.shutdown()
        told.server.server_close()
