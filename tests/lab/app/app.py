"""Each service of the lab's stack: standard library only, one process, failures to be switched.

What it is comes from the environment: SERVICE, SLOT, PORT, COMMIT, BIND, and PEERS, the other services of its own slot
as "backend=http://127.0.0.1:8081 ...". How it fails comes from behaviour.json beside this file, so that a commit breaks
it, and from POST /admin while it runs; see Behaviour.
"""

import hashlib
import json
import os
import random
import select
import signal
import socket
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SERVICE, SLOT, PORT = os.environ["SERVICE"], os.environ["SLOT"], int(os.environ["PORT"])
RELEASE = os.environ["COMMIT"][:8]
PEERS = dict(pair.split("=", 1) for pair in os.environ.get("PEERS", "").split())
IDLE_SECONDS = 30


class Behaviour:
    """How this service behaves; every key may stand in behaviour.json under its service's name or under "*".

    exits_with: N                 ends with that status before it listens
    listens_after_seconds: N      takes so long to start
    fatal_log: "text"             a line in the log at its start
    health: "ok", "hang", "close" or a status such as 503 or 404
    health_seconds: N             before health is answered
    error_rate: 0 to 1            that part of the requests is answered by 500
    slow_seconds: N               before every answer
    hang: true                    requests are taken and never answered
    crash_after_seconds: N        the process dies that long after its start
    crash_after_requests: N       the process dies instead of answering the next one
    broken_after_requests: N      every later request is answered by 500
    """

    def __init__(self) -> None:
        self.values = {"health": "ok"}
        chosen = json.loads(Path(__file__).with_name("behaviour.json").read_text())
        self.change({**chosen.get("*", {}), **chosen.get(SERVICE, {})})

    def change(self, values):
        self.values = {**self.values, **values}

    def __getattr__(self, name):
        return self.values.get(name)


behaviour = Behaviour()
lock = threading.Lock()
stopping = threading.Event()
idle: set[socket.socket] = set()
requests = 0


def say(text: str) -> None:
    print(f"{SERVICE} {RELEASE} {SLOT}: {text}", flush=True)


def die_after(seconds: float) -> None:
    if not stopping.wait(seconds):
        say("crashes")
        os._exit(1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def handle_one_request(self):
        # A connection that waits for its next request is closed when the service stops; one that works is not.
        with lock:
            idle.add(self.connection)
            if stopping.is_set():
                self.connection.shutdown(socket.SHUT_RD)
        super().handle_one_request()

    def parse_request(self):
        with lock:
            idle.discard(self.connection)
        return super().parse_request()

    def finish(self):
        with lock:
            idle.discard(self.connection)
        super().finish()

    def route(self):
        url = urlsplit(self.path)
        path = url.path.removeprefix(f"/{SERVICE}") or "/"
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if path == "/health":
            return self.health()
        if path == "/admin":
            return self.admin()
        return self.user(path, query)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = route  # noqa: N815

    def user(self, path, query):
        global requests
        with lock:
            requests += 1
            number = requests
        if behaviour.crash_after_requests is not None and number > behaviour.crash_after_requests:
            say("crashes")
            os._exit(1)
        if behaviour.hang:
            return self.hang()
        time.sleep(behaviour.slow_seconds or 0)
        broken = behaviour.broken_after_requests is not None and number > behaviour.broken_after_requests
        if broken or random.random() < (behaviour.error_rate or 0):
            self.body()
            return self.answer(500, {"error": "switched on"})
        if path.startswith("/_next/static/"):
            return self.chunk(path)
        if path == "/upload":
            return self.upload(float(query.get("seconds", 1)))
        if path == "/stream":
            return self.stream(float(query.get("seconds", 2)))
        if path == "/page":
            return self.page()
        if path.startswith("/environment/"):
            return self.environment(path.rpartition("/")[2])
        return self.answer(200, {**self.identity(), "length": len(self.body())})

    def health(self):
        time.sleep(behaviour.health_seconds or 0)
        if behaviour.health == "hang":
            return self.hang()
        if behaviour.health == "close":
            self.close_connection = True
            return None
        status = 200 if behaviour.health == "ok" else int(behaviour.health)
        return self.answer(status, {**self.identity(), "healthy": status == 200})

    def admin(self):
        """GET: how it behaves and what it has answered. POST: change how it behaves."""
        if self.command == "POST":
            behaviour.change(json.loads(self.body()))
            if behaviour.crash_after_seconds is not None:
                threading.Thread(target=die_after, args=(behaviour.crash_after_seconds,), daemon=True).start()
        return self.answer(200, {**self.identity(), "requests": requests, "behaviour": behaviour.values})

    def chunk(self, path):
        found = path.split("/")[3] == RELEASE
        return self.answer(200 if found else 404, {**self.identity(), "chunk": path})

    def upload(self, seconds):
        """Read the body over that many seconds, so that a deployment meets it in flight."""
        length, digest = int(self.headers.get("Content-Length", 0)), hashlib.sha256()
        left = length
        while left:
            block = self.rfile.read(min(left, 1 << 18))
            if not block:
                return None
            digest.update(block)
            left -= len(block)
            time.sleep(seconds * len(block) / length)
        return self.answer(200, {**self.identity(), "length": length, "sha256": digest.hexdigest()})

    def stream(self, seconds):
        """Server-sent lines that end with the connection."""
        self.close_connection = True
        self.head(200, "text/event-stream", None)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.wfile.write(f"data: {json.dumps(self.identity())}\n\n".encode())
            time.sleep(0.1)

    def page(self):
        """What the other services of this slot say of themselves."""
        seen = [self.identity()]
        for name, address in PEERS.items():
            try:
                with urllib.request.urlopen(f"{address}/", timeout=10) as said:
                    seen.append({key: value for key, value in json.load(said).items() if key != "length"})
            except OSError as error:
                return self.answer(502, {"error": f"{name}: {error}"})
        return self.answer(200, {**self.identity(), "services": seen})

    def environment(self, name):
        value = os.environb.get(name.encode())
        self.head(404 if value is None else 200, "application/octet-stream", len(value or b""))
        self.wfile.write(value or b"")

    def hang(self):
        stopping.wait()
        self.close_connection = True

    def identity(self):
        return {"service": SERVICE, "slot": SLOT, "release": RELEASE}

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.head(status, "application/json", len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def head(self, status, kind, length):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("X-Service", SERVICE)
        self.send_header("X-Release", RELEASE)
        self.send_header("X-Slot", SLOT)
        if stopping.is_set() or length is None:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_):
        """Requests are counted, not logged."""


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = False  # the end of the process waits for requests in flight

    def handle_error(self, request, client_address):
        """A client that left is no error of ours."""
        kind, error, _ = sys.exc_info()
        if not isinstance(error, OSError):
            say(f"{kind.__name__}: {error}")

    def stop(self):
        """Take what has already connected, close what is idle, finish what is in flight."""
        self.shutdown()
        while select.select([self.socket], [], [], 0)[0]:
            self._handle_request_noblock()
        stopping.set()
        with lock:
            for connection in idle:
                connection.shutdown(socket.SHUT_RD)


def main():
    if behaviour.fatal_log:
        say(behaviour.fatal_log)
    if behaviour.exits_with is not None:
        say(f"exits with {behaviour.exits_with}")
        sys.exit(behaviour.exits_with)
    time.sleep(behaviour.listens_after_seconds or 0)
    server = Server((os.environ.get("BIND", "127.0.0.1"), PORT), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.stop).start())
    if behaviour.crash_after_seconds is not None:
        threading.Thread(target=die_after, args=(behaviour.crash_after_seconds,), daemon=True).start()
    say(f"ready on port {PORT}")
    server.serve_forever(poll_interval=0.05)
    stopping.wait()
    server.server_close()
    say("stopped")


main()
