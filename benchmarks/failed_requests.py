"""What users lose over canary-auto, promote-canary and the next canary-auto with its settle."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from benchmarks.clients import Http2, SaturatedKeepAlive
from benchmarks.row import Row, count
from tests.lab.lab import Lab, lab
from tests.lab.machine import free_port, listens, program, wait_until
from tests.lab.nginx import FLAVOURS, version

WITHOUT_RELOADS_SECONDS = 15
SEQUENCE = "over canary-auto, promote-canary and the next canary-auto with settle"


def measure(directory: Path, quiet_seconds: float = WITHOUT_RELOADS_SECONDS) -> list[Row]:
    """Both NGINX versions; every client on the same stack, one after the other."""
    rows: list[Row] = []
    for flavour in FLAVOURS:
        with lab(directory / flavour, "bench", flavour=flavour) as made:
            made.configure(bake_seconds=1)
            made.repository.commit()
            made.deploy("stable")
            https_port = _listen_for_https(made)
            rows.append(_without_keep_alive(made, flavour))
            rows.append(_keep_alive(made, flavour))
            rows.append(_http2(made, flavour, https_port, quiet_seconds))
    return rows


def _without_keep_alive(made: Lab, flavour: str) -> Row:
    with made.users(visit=2, post=1, upload=1) as users, _reloads(made) as reloads:
        _sequence(made)
    seen = users.all
    kinds = ", ".join(f"{count(seen.of_kind(kind))} {kind}" for kind in ("visit", "post", "upload"))
    lost = len(seen.failures)
    return Row(
        f"lost, HTTP/1.1 without keep-alive, NGINX {version(flavour)}",
        f"{lost} of {count(seen.requests)}",
        f"{len(reloads)} reloads",
        "0",
        lost == 0,
        f"{SEQUENCE}; Python's http.client, a connection for each request ({kinds}); uploads of 20 MB whose arrival "
        f"is checked by a digest{_reasons([each.reason for each in seen.failures])}",
    )


def _keep_alive(made: Lab, flavour: str) -> Row:
    with SaturatedKeepAlive(f"http://127.0.0.1:{made.http_port}/") as wrk, _reloads(made) as reloads:
        _sequence(made)
    keeps = tuple(int(part) for part in version(flavour).split(".")) >= (1, 27, 4)
    return Row(
        f"lost, HTTP/1.1 saturated keep-alive, NGINX {version(flavour)}",
        f"{wrk.lost} of {count(wrk.requests)}" if keeps else f"{wrk.lost / len(reloads):.1f} a reload",
        f"{len(reloads)} reloads" if keeps else f"{wrk.lost} of {count(wrk.requests)}, {len(reloads)} reloads",
        "0" if keeps else "",
        wrk.lost == 0 or not keeps,
        f"{SEQUENCE}; wrk with connections that are never idle and without its asking again"
        + ("" if keeps else "; NGINX before 1.27.4 closes such connections while their next request is on its way"),
    )


def _http2(made: Lab, flavour: str, port: int, quiet_seconds: float) -> Row:
    certificate = _certificate(made)
    url = f"https://localhost:{port}/"
    with Http2(url, certificate) as beside:
        sleep(quiet_seconds)
    with Http2(url, certificate) as curl, _reloads(made) as reloads:
        _sequence(made)
    return Row(
        f"lost, HTTP/2 over TLS, NGINX {version(flavour)}",
        f"{curl.lost} of {count(curl.requests)}",
        f"{len(reloads)} reloads; without any: {beside.lost} of {count(beside.requests)}",
        "",
        True,
        f"{SEQUENCE}; curl with parallel streams, which honours GOAWAY{_reasons(list(curl.failures))}",
    )


def _sequence(made: Lab) -> None:
    made.repository.commit()
    made.deploy("canary-auto")
    made.deploy("promote-canary")
    made.repository.commit()
    made.deploy("canary-auto")


@contextmanager
def _reloads(made: Lab) -> Iterator[list[str]]:
    """Afterwards: the lines in which NGINX tells of its reloads."""
    before = len(made.hosts[0].nginx.log)
    found: list[str] = []
    yield found
    found += re.findall(r"\[notice\] \d+#\d+: reconfiguring", made.hosts[0].nginx.log[before:])


def _listen_for_https(made: Lab) -> int:
    """Give the site, which is the user's once it is made, a second `listen`; its port."""
    port, nginx = free_port(), made.hosts[0].nginx
    certificate = _certificate(made)
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    key = certificate.with_suffix(".key")
    make = (program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject)
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=True)
    site = nginx.conf_d / f"{made.app}.conf"
    listens_for_http = f"    listen {made.http_port} default_server;\n"
    text = site.read_text()
    assert listens_for_http in text, text
    tls = f"    listen {port} ssl http2;\n    ssl_certificate {certificate};\n    ssl_certificate_key {key};\n"
    site.write_text(text.replace(listens_for_http, listens_for_http + tls))
    nginx.call("-s", "reload")
    wait_until(lambda: listens("127.0.0.1", port), "NGINX to listen for HTTPS")
    return port


def _certificate(made: Lab) -> Path:
    return made.directory / "localhost.pem"


def _reasons(reasons: list[str]) -> str:
    return f"; lost by {' and '.join(sorted(set(reasons))[:3])}" if reasons else ""
