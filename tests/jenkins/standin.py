"""A server that follows Jenkins's documented remote API as far as pycanary uses it."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

USER, TOKEN, CRUMB = "kim", "11aa22bb", "c0ffee"


class StandIn:
    """Jobs, queue and builds. What a test changes here is what the next request meets."""

    def __init__(self) -> None:
        self.jobs: dict[str, str] = {}
        self.folders = {""}
        self.queue: dict[int, dict[str, Any] | None] = {}
        self.builds: dict[int, dict[str, Any]] = {}
        self.console: list[str] = []  # one piece for each time that somebody asks
        self.forms: list[dict[str, str]] = []
        self.failures: list[int] = []  # statuses of the next requests; 0 closes the connection
        self.status: int | None = None  # of every request
        self.crumbs = True
        self.shown = ""
        self.url = ""

    def waits(self, item: int, *steps: dict[str, Any] | None) -> None:
        """What a queue item says, request by request; None is 404."""
        self._steps = list(steps)
        self.queue[item] = steps[0]

    def item(self, number: int) -> dict[str, Any] | None:
        """The next thing that the item says; the last one stays."""
        return self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, content: object) -> Answer:
        """200 with that content; 404 without any."""
        return cls(200, json.dumps(content)) if content else cls(404)


@dataclass(frozen=True)
class Request:
    """What somebody asked. parts: the path, unquoted."""

    method: str
    path: str
    parts: list[str]
    values: dict[str, str]
    body: str


def answer(jenkins: StandIn, asked: Request) -> Answer:
    """The remote API from its root."""
    if asked.path == "/crumbIssuer/api/json":
        return Answer.json({"crumbRequestField": "Jenkins-Crumb", "crumb": CRUMB} if jenkins.crumbs else None)
    if asked.path.startswith("/queue/item/"):
        return Answer.json(jenkins.item(int(asked.parts[2])))
    if asked.parts[-1] == "createItem":
        folder = "/".join(asked.parts[1:-1:2])
        if folder not in jenkins.folders:
            return Answer(404)
        jenkins.jobs[f"{folder}/{asked.values['name']}".lstrip("/")] = asked.body
        return Answer(200)
    return _of_job(jenkins, asked)


def _of_job(jenkins: StandIn, asked: Request) -> Answer:
    folders = next((at for at in range(0, len(asked.parts), 2) if asked.parts[at] != "job"), len(asked.parts))
    names, action = asked.parts[1:folders:2], asked.parts[folders:]
    name = "/".join(names)
    if name not in jenkins.jobs:
        return Answer(404)
    if action == ["config.xml"]:
        if asked.method == "POST":
            jenkins.jobs[name] = asked.body
        return Answer(200, jenkins.jobs[name])
    if action == ["api", "json"]:
        listed = [{"number": number, **build} for number, build in sorted(jenkins.builds.items(), reverse=True)]
        return Answer.json({"name": names[-1], "builds": listed})
    if action == ["buildWithParameters"]:
        jenkins.forms.append(dict(urllib.parse.parse_qsl(asked.body, keep_blank_values=True)))
        return Answer(201, headers={"Location": f"{jenkins.url}queue/item/7/"})
    return _of_build(jenkins, int(action[0]), action[1:], asked.values)


def _of_build(jenkins: StandIn, number: int, action: list[str], values: dict[str, str]) -> Answer:
    if action == ["api", "json"]:
        return Answer.json({"number": number, **jenkins.builds[number]})
    if jenkins.console:
        jenkins.shown += jenkins.console.pop(0)
    if not jenkins.console:
        jenkins.builds[number].update(building=False)
    text = jenkins.shown.encode()
    more = {"X-More-Data": "true"} if jenkins.console else {}
    return Answer(200, text[int(values["start"]) :].decode(), {"X-Text-Size": str(len(text)), **more})


def handler(jenkins: StandIn) -> type[http.server.BaseHTTPRequestHandler]:
    """Requests to that Jenkins: failures that a test asked for, who may ask, and then the API."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            failure = jenkins.failures.pop(0) if jenkins.failures else jenkins.status
            if failure == 0:
                self.close_connection = True
            elif failure:
                self._send(Answer(failure, "<html>no</html>"))
            else:
                self._send(self._refused() or answer(jenkins, self._request(body)))

        def do_POST(self) -> None:
            self.do_GET()

        def _refused(self) -> Answer | None:
            if self.headers.get("Authorization") != _basic():
                return Answer(401, "Unauthorized")
            if self.command == "POST" and jenkins.crumbs and self.headers.get("Jenkins-Crumb") != CRUMB:
                return Answer(403, "No valid crumb was included in the request")
            return None

        def _request(self, body: str) -> Request:
            path, _, query = self.path.partition("?")
            parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
            return Request(self.command, path, parts, dict(urllib.parse.parse_qsl(query)), body)

        def _send(self, given: Answer) -> None:
            body = given.text.encode()
            self.send_response(given.status)
            for name, value in {"X-Jenkins": "2.462.3", "Content-Length": str(len(body)), **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()


@contextmanager
def standin(certificate: Path | None = None) -> Iterator[StandIn]:
    """A running stand-in; with a certificate (and its key in one file) it speaks TLS."""
    jenkins = StandIn()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(jenkins))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    jenkins.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield jenkins
    finally:
        server.shutdown()
        server.server_close()
