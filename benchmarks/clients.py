"""Load that others wrote: wrk for connections that are never idle, curl for HTTP/2."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path

from tests.lab.machine import program

LONGEST_SECONDS = 600
CONNECTIONS = 16
STREAMS = 8
REQUESTS_A_CALL = 1000


class SaturatedKeepAlive:
    """wrk: HTTP/1.1 connections that are kept and never idle, which NGINX 1.22 closes under their clients at a reload.

    A connection that ends before its answer counts as a lost request: wrk does not retry, as a browser might.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self._command = [program("wrk"), "-t", "1", "-c", str(connections), "-d", f"{LONGEST_SECONDS}s"]
        self._command += ["--timeout", "60s", url]
        self.requests = self.lost = 0

    def __enter__(self) -> SaturatedKeepAlive:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        said, _none = self._process.communicate(timeout=70)
        self.requests = _number(r"(\d+) requests in", said)
        errors = [_number(rf"{kind} (\d+)", said) for kind in ("connect", "read", "write", "timeout")]
        self.lost = sum(errors) + _number(r"Non-2xx or 3xx responses: (\d+)", said)
        assert self.requests, said


class Http2:
    """curl over TLS: parallel streams on one connection; what NGINX says it will not answer goes to a new one.

    Refused streams and those above the last one of a GOAWAY are asked again, as HTTP/2 demands of every client.
    """

    def __init__(self, url: str, certificate: Path, requests_a_call: int = REQUESTS_A_CALL) -> None:
        self._command = [program("curl"), "-q", "-s", "--http2", "--noproxy", "*", "--cacert", str(certificate)]
        self._command += ["--parallel", "--parallel-max", str(STREAMS), "--max-time", "60", "-o", os.devnull]
        self._command += ["-w", "%{http_version} %{http_code} %{exitcode} %{errormsg}\\n"]
        self._command += [f"{url}?[1-{requests_a_call}]"]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._answers: Counter[str] = Counter()

    def __enter__(self) -> Http2:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(120)
        assert self._answers, "no call of curl ended"

    @property
    def requests(self) -> int:
        """All that were asked."""
        return self._answers.total()

    @property
    def failures(self) -> Counter[str]:
        """What was not answered by 200 over HTTP/2, by curl's words."""
        return Counter({said: times for said, times in self._answers.items() if not said.startswith("2 200 0")})

    @property
    def lost(self) -> int:
        """How many were not answered well."""
        return self.failures.total()

    def _ask(self) -> None:
        while not self._stop.is_set():
            done = subprocess.run(self._command, capture_output=True, text=True, check=False)
            self._answers.update(line.strip() for line in done.stdout.splitlines())


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0
