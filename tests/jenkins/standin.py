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


def handler(jenkins: StandIn) -> type[http.server.BaseHTTPRequestHandler]:
    """Requests to that Jenkins."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _answer(self, body: bytes) -> None:
            if jenkins.failures:
                status = jenkins.failures.pop(0)
                if not status:
                    self.close_connection = True
                    return
                self._send(status, "<html>starting</html>")
                return
            if jenkins.status:
                self._send(jenkins.status, "<html>no</html>")
            elif self.headers.get("Authorization") != _basic():
                self._send(401, "Unauthorized")
            elif self.command == "POST" and jenkins.crumbs and self.headers.get("Jenkins-Crumb") != CRUMB:
                self._send(403, "No valid crumb was included in the request")
            else:
                self._route(body)

        def _route(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            values = dict(urllib.parse.parse_qsl(query))
            parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
            if path == "/crumbIssuer/api/json":
                found = {"crumbRequestField": "Jenkins-Crumb", "crumb": CRUMB}
                self._send(200, json.dumps(found)) if jenkins.crumbs else self._send(404, "")
            elif path.startswith("/queue/item/"):
                item = jenkins.item(int(parts[2]))
                self._send(200, json.dumps(item)) if item else self._send(404, "")
            elif parts[-1] == "createItem":
                self._create("/".join(parts[1:-1:2]), values["name"], body)
            else:
                self._job(parts, values, body)

        def _create(self, folder: str, name: str, body: bytes) -> None:
            if folder not in jenkins.folders:
                self._send(404, "")
            else:
                jenkins.jobs[f"{folder}/{name}".lstrip("/")] = body.decode()
                self._send(200, "")

        def _job(self, parts: list[str], values: dict[str, str], body: bytes) -> None:
            names = []
            while len(parts) > 1 and parts[0] == "job":
                names.append(parts[1])
                parts = parts[2:]
            name, action = "/".join(names), "/".join(parts)
            if name not in jenkins.jobs:
                self._send(404, "")
            elif action == "config.xml" and self.command == "POST":
                jenkins.jobs[name] = body.decode()
                self._send(200, "")
            elif action == "config.xml":
                self._send(200, jenkins.jobs[name])
            elif action == "api/json":
                listed = [{"number": number, **build} for number, build in sorted(jenkins.builds.items(), reverse=True)]
                self._send(200, json.dumps({"name": names[-1], "builds": listed}))
            elif action == "buildWithParameters":
                jenkins.forms.append(dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)))
                self._send(201, "", Location=f"{jenkins.url}queue/item/7/")
            else:
                self._build(int(parts[0]), "/".join(parts[1:]), values)

        def _build(self, number: int, action: str, values: dict[str, str]) -> None:
            if action == "api/json":
                self._send(200, json.dumps({"number": number, **jenkins.builds[number]}))
                return
            if jenkins.console:
                jenkins.shown += jenkins.console.pop(0)
            if not jenkins.console:
                jenkins.builds[number].update(building=False)
            text = jenkins.shown.encode()
            more = {"X-More-Data": "true"} if jenkins.console else {}
            self._send(200, text[int(values["start"]) :].decode(), **{"X-Text-Size": str(len(text)), **more})

        def _send(self, status: int, text: str, **headers: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {"X-Jenkins": "2.462.3", "Content-Length": str(len(body)), **headers}.items():
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
