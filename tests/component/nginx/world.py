"""One host in small: a running NGINX with its own directory, and an application whose slots tell who they are."""

from __future__ import annotations

import http.client
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pycanary.config.model import Config
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.model.weights import Weights
from pycanary.nginx.drain import drain, left
from pycanary.nginx.facts import NginxFacts, facts, read_facts
from pycanary.nginx.shift import install, shift
from pycanary.nginx.verify import mismatches, verify
from pycanary.nginx.version import Version, parse
from tests.component.local import RUN, LocalHost, own_lease
from tests.lab.machine import command_line

MAIN = """\
user root;
worker_processes 2;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    include conf.d/*.conf;
}}
"""


def free_port() -> int:
    """Below the ports that the kernel gives to outgoing connections, which would take it before NGINX does."""
    while True:
        port = 10000 + secrets.randbelow(20000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Slotted(ThreadingHTTPServer):
    """One service in one slot. `status` is what it answers, `delay` how long it takes, `gate` what it waits for."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, name: str) -> None:
        self.name, self.status, self.delay, self.requests = name, 200, 0.0, list[tuple[str, str]]()
        self.gate = threading.Event()
        self.gate.set()
        super().__init__(("127.0.0.1", port), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # NGINX gave up first

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Slotted

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path))
        time.sleep(self.server.delay)
        self.server.gate.wait(50)
        body = f"{self.server.name} {self.headers.get('Host')} {self.headers.get('X-Forwarded-Proto')}".encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        return


class World:
    """See the module; a context manager."""

    def __init__(self, binary: str, root: Path, **settings: Any) -> None:
        self.binary, self.root = binary, root
        self.settings = settings
        self.site_port = free_port()
        self.config = self.configured()
        self.host = LocalHost()
        self.traffic = Traffic(
            generation=1, routes=self.config.routes, weights={n: Weights.of_canary(100) for n in self.config.services}
        )
        self.slots: dict[tuple[str, Slot], Slotted] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def configured(self) -> Config:
        ports = [free_port() for _ in range(5)]
        data: dict[str, Any] = {
            "app": "shop",
            "hosts": [{"address": "localhost"}],
            "path": str(self.root / "srv"),
            "git": {"remote": "unused"},
            "services": {
                "frontend": {"stable": ports[0], "canary": ports[1]},
                "backend": {"stable": ports[2], "canary": ports[3], "location": "/api/"},
            },
            "nginx": {
                "config_dir": str(self.root),
                "binary": self.binary,
                "arguments": ["-p", f"{self.root}/", "-e", f"{self.root}/error.log", "-c", f"{self.root}/nginx.conf"],
                "status_port": ports[4],
                "http_port": self.site_port,
            },
            "drain_seconds": 10,
        }
        return Config.model_validate(data | self.settings)

    def __enter__(self) -> World:
        (self.root / "conf.d").mkdir()
        (self.root / "nginx.conf").write_text(MAIN.format(root=self.root))
        self.start()
        for route in self.config.routes:
            for slot in Slot:
                self.slots[route.name, slot] = Slotted(route.port(slot), f"{route.name} {slot}")
        own_lease(self.config)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for slotted in self.slots.values():
            slotted.stop()

    def start(self) -> None:
        self._process = subprocess.Popen([*self._call, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        while not self.pid_file.exists() or not self.pid_file.read_text().strip():
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None

    @property
    def pid_file(self) -> Path:
        return self.root / "nginx.pid"

    @property
    def _call(self) -> list[str]:
        return [self.config.nginx.binary, *self.config.nginx.arguments]

    @property
    def version(self) -> Version:
        said = subprocess.run([self.binary, "-v"], capture_output=True, text=True, check=True).stderr
        version = parse(said)
        assert version
        return version

    def install(self) -> str:
        return self.host.run(install(self.config, self.traffic, self.version, state_json="{}\n", run=RUN))

    def shift(self, traffic: Traffic | None = None, **how: Any) -> str:
        """The next traffic as one script; kept as `traffic` once it is served."""
        wanted = traffic or self.traffic
        text = wanted.model_dump_json()
        said = self.host.run(shift(self.config, wanted, self.version, state_json=text, run=RUN, **how))
        if how.get("phase") != "prepare":
            self.traffic = wanted
        return said

    def verify(self, traffic: Traffic | None = None) -> tuple[str, ...]:
        wanted = traffic or self.traffic
        return mismatches(self.config, wanted, self.host.run(verify(self.config, wanted)))

    def drain(self, longest: int | None = None) -> int | None:
        """How many older workers are left; `longest` is in seconds, else config.drain_seconds."""
        script = drain(self.config, run=RUN)
        limit = {} if longest is None else {"LONGEST": longest}
        return left(self.host.run(replace(script, values={**script.values, **limit})))

    def facts(self) -> NginxFacts:
        return read_facts(self.host.run(facts(self.config, whole=True)))

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """One request to the site; the body is in `.body`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site_port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        answer.body = answer.read().decode()  # type: ignore[attr-defined]
        connection.close()
        return answer

    @contextmanager
    def request_in_flight(self) -> Iterator[None]:
        """While this lasts, a user's request has reached the application and is not answered."""
        slots = [self.slots["frontend", slot] for slot in Slot]
        for slotted in slots:
            slotted.requests.clear()
            slotted.gate.clear()
        answers: list[http.client.HTTPResponse] = []
        user = threading.Thread(target=lambda: answers.append(self.get()))
        user.start()
        try:
            while not any(slotted.requests for slotted in slots):
                time.sleep(0.01)
            yield
        finally:
            for slotted in slots:
                slotted.gate.set()
            user.join()
        assert [answer.status for answer in answers] == [200]

    def files(self) -> dict[str, str]:
        """Every file of the configuration directory, to compare before and after."""
        ignored = {"error.log", "nginx.pid"}
        found = (path for path in self.root.rglob("*") if path.is_file() and "srv" not in path.parts)
        return {str(path.relative_to(self.root)): path.read_text() for path in found if path.name not in ignored}

    def edit(self, before: str, after: str) -> None:
        """Change the generated file by hand and let NGINX load it."""
        path = self.root / self.config.http_part
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))
        self.reload()

    def reload(self) -> None:
        """Reload behind pycanary's back, and wait until all workers that take requests are new."""
        old = self.workers()
        subprocess.run([*self._call, "-s", "reload"], check=True, capture_output=True)
        while self.workers() & old:
            time.sleep(0.02)

    def workers(self) -> set[int]:
        """The workers that still accept requests."""
        assert self._process
        master = self._process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        titles = {int(pid): command_line(int(pid)) for pid in children}
        return {pid for pid, title in titles.items() if title and "shutting down" not in title}
