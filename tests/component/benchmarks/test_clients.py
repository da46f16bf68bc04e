"""The load that the benchmarks use counts what is answered and what is lost; nothing here asserts a time."""

from __future__ import annotations

import subprocess
from pathlib import Path
from time import sleep

import pytest

from benchmarks.clients import Http2, SaturatedKeepAlive
from benchmarks.start_up import measure
from tests.lab.machine import free_ports, listens, program, wait_until
from tests.lab.nginx import Nginx

SERVER = """\
server {{
    listen {http};
    listen {https} ssl http2;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate}.key;
    return {status} answer;
}}
"""


@pytest.fixture
def served(nginx: Nginx, tmp_path: Path) -> tuple[Nginx, Path, int, int]:
    certificate = tmp_path / "localhost.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    made = [program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject]
    subprocess.run([*made, "-keyout", f"{certificate}.key", "-out", str(certificate)], check=True, capture_output=True)
    return nginx, certificate, *free_ports(2)


def serve(served: tuple[Nginx, Path, int, int], status: int) -> None:
    nginx, certificate, http, https = served
    text = SERVER.format(http=http, https=https, certificate=certificate, status=status)
    (nginx.conf_d / "server.conf").write_text(text)
    nginx.call("-s", "reload")
    wait_until(lambda: listens("127.0.0.1", https), "NGINX to listen")


def test_good_answers_are_counted_over_both_protocols(served: tuple[Nginx, Path, int, int]) -> None:
    nginx, certificate, http, https = served
    serve(served, 200)
    with SaturatedKeepAlive(f"http://127.0.0.1:{http}/", connections=2) as wrk:
        sleep(0.3)
    with Http2(f"https://localhost:{https}/", certificate, requests_a_call=50) as curl:
        nginx.call("-s", "reload")
        wait_until(lambda: curl.requests > 100, "answers")
    assert (wrk.requests > 0, wrk.lost) == (True, 0)
    assert curl.lost == 0, curl.failures


def test_bad_answers_are_lost_requests(served: tuple[Nginx, Path, int, int]) -> None:
    _, certificate, http, https = served
    serve(served, 500)
    with SaturatedKeepAlive(f"http://127.0.0.1:{http}/", connections=2) as wrk:
        sleep(0.3)
    with Http2(f"https://localhost:{https}/", certificate, requests_a_call=5) as curl:
        wait_until(lambda: curl.requests, "answers")
    assert wrk.lost > 0
    assert curl.lost == curl.requests


def test_start_up_is_measured_beside_python(tmp_path: Path) -> None:
    rows = measure(tmp_path, rounds=1)
    assert [row.figure for row in rows] == ["pycanary --help", "pycanary plan canary-auto"]
    assert all(row.beside.startswith("python -c pass: ") for row in rows)
