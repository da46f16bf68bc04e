"""From the start of `deploy rollback` to the last answer of the canary, beside the script that people use today."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.deployments import state
from benchmarks.plain import run_everywhere, test_and_reload
from benchmarks.row import Row, seconds
from pycanary.nginx.buckets import bucket_of
from tests.engine.world import running
from tests.lab.lab import Lab, lab
from tests.lab.machine import free_port, listens, wait_until

ROUNDS = 7
AT_MOST_SECONDS = 1.5
TAKES_OVER_AT_MOST_SECONDS = 2.0
BUCKET = 998  # the last one that leaves the canary at 999:1
QUIET_SECONDS = 1.0
PLAIN = """\
upstream plain {{
    hash $cookie_{cookie};
    server 127.0.0.1:{stable} weight=300;
    server 127.0.0.1:{canary} weight=700;
}}
server {{ listen {port}; location / {{ proxy_pass http://plain; }} }}
"""


def measure(directory: Path, rounds: int = ROUNDS) -> list[Row]:
    """Both in turns on one host, each with users of its own NGINX server."""
    with lab(directory / "lab", "bench", flavour="debian") as made:
        made.configure(bake_seconds=0)
        made.repository.commit()
        made.deploy("stable")
        made.repository.commit()
        made.deploy("canary-manual", "--weight", "70%")
        port = _plain_server(made)
        ours: list[float] = []
        plain: list[float] = []
        for _ in range(rounds):
            made.deploy("canary-manual", "--weight", "70%")
            ours.append(_until_last(made, made.http_port, lambda: made.deploy("rollback")))
            _plain(made, 300, 700)
            plain.append(_until_last(made, port, lambda: _plain(made, 999, 1)))
        taken_over = [_taken_over(made) for _ in range(rounds)]
    return [
        Row(
            "deploy rollback, to the canary's last answer",
            seconds(median(ours)),
            f"ssh, sed, reload: {seconds(median(plain))}",
            f"<= {AT_MOST_SECONDS} s",
            median(ours) <= AT_MOST_SECONDS,
            f"from the start of the command, measured by users (HTTP/1.1, a connection for each request); medians of "
            f"{rounds} that take turns; slowest {seconds(max(ours))} beside {seconds(max(plain))}; the script is "
            "OpenSSH's client with `sed -i`, `nginx -t` and `nginx -s reload`, which proves and records nothing",
        ),
        Row(
            "the same, stopping a deployment that watches its canary",
            seconds(median(taken_over)),
            f"slowest: {seconds(max(taken_over))}",
            f"<= {TAKES_OVER_AT_MOST_SECONDS:.0f} s",
            max(taken_over) <= TAKES_OVER_AT_MOST_SECONDS,
            f"`deploy rollback` in the bake of a canary-manual at 70 %, median of {rounds}",
        ),
    ]


def _taken_over(made: Lab) -> float:
    made.configure(bake_seconds=600)
    with running(made, "deploy", "canary-manual", "--weight", "70%") as run:
        run.said("300:700 are served")
        took = _until_last(made, made.http_port, lambda: made.deploy("rollback"))
        run.end()
    return took


def _until_last(made: Lab, port: int, command: Callable[[], object]) -> float:
    """Seconds from the command's start to the last answer of the canary."""
    user = _User(made, port)
    with user:
        wait_until(lambda: user.answers > 20, "the canary's answers")
        begun = time.monotonic()
        command()
        wait_until(lambda: time.monotonic() - max(begun, user.last_of_canary) > QUIET_SECONDS, "the canary to be left")
    assert user.last_of_canary > begun, "the canary had been left before"
    assert not user.failures, user.failures
    return user.last_of_canary - begun


class _User:
    """Asks without pause, with a cookie that belongs to the canary at every weight above its least."""

    def __init__(self, made: Lab, port: int) -> None:
        plain = port != made.http_port
        self._cookie = f"{_cookie_name(made)}={_id_in_bucket('' if plain else state(made)['traffic']['salt'])}"
        self._port = port
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(2)]
        self.answers, self.last_of_canary = 0, 0.0
        self.failures: list[str] = []

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("GET", "/", headers={"Cookie": self._cookie, "Connection": "close"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            finally:
                connection.close()
            self.answers += 1
            if answer.getheader("X-Slot") == "canary":
                self.last_of_canary = time.monotonic()


def _cookie_name(made: Lab) -> str:
    return f"pycanary_{made.app}"


def _id_in_bucket(salt: str) -> str:
    while bucket_of(salt + (found := secrets.token_hex(16))) != BUCKET:
        continue
    return found


def _plain_server(made: Lab) -> int:
    """A server beside pycanary's, as people write it by hand; its port."""
    port, nginx = free_port(), made.hosts[0].nginx
    ports = {"stable": made.port("frontend", "stable"), "canary": made.port("frontend", "canary")}
    (nginx.conf_d / "plain.conf").write_text(PLAIN.format(port=port, cookie=_cookie_name(made), **ports))
    nginx.call("-s", "reload")
    wait_until(lambda: listens("127.0.0.1", port), "the plain server")
    return port


def _plain(made: Lab, stable: int, canary: int) -> None:
    """What people run today: one ssh command."""
    host = made.hosts[0]
    edit = " ".join(
        f"-e 's/:{made.port('frontend', slot)} weight=[0-9]*/:{made.port('frontend', slot)} weight={weight}/'"
        for slot, weight in (("stable", stable), ("canary", canary))
    )
    run_everywhere([host], f"sed -i {edit} {host.nginx.conf_d}/plain.conf && {test_and_reload(host)}")
