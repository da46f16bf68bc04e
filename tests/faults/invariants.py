"""What must hold on every host after any fault, each by its name. A check returns what contradicts it, or nothing."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pycanary.config.load import load
from pycanary.errors import ExitCode
from pycanary.host.connection import Host
from pycanary.nginx.verify import mismatches, verify
from tests.engine.world import split_of, state_directory
from tests.faults.injector import Injector
from tests.faults.rest import remembered
from tests.lab.host import LabHost
from tests.lab.lab import SERVICES, Lab, Result
from tests.lab.machine import alive, command_line, with_environment
from tests.lab.processes import service_pid
from tests.security.planted import Planted, Search

CODES = (
    ExitCode.DONE,
    ExitCode.USAGE,
    ExitCode.PUT_BACK,
    ExitCode.PERSON_NEEDED,
    ExitCode.LOCKED,
    -signal.SIGKILL,
)
HALF_WRITTEN = (
    "state/**/*.new",
    "state/*.next",
    "state/working/*",
    "state/queue/*",
    "state/watchdog.sh",
    "state/watchdog.pid",
    "environment/*.new",
    "clone.git/**/*.lock",
    "source/**/*.lock",
)


@dataclass(frozen=True)
class After:
    """A lab after a fault, once its hosts have come to rest."""

    lab: Lab
    injectors: list[Injector]
    ended: Result
    allowed: tuple[str, ...]  # the weights
    views: list[dict[str, Any]]  # of `status --json`
    planted: Planted  # a value of `.env`


def configuration_is_valid(after: After) -> Iterator[str]:
    """`nginx -t` passes on every host."""
    for host in after.lab.hosts:
        command = [*host.nginx.prefix, host.nginx.binary, *host.nginx.arguments, "-t"]
        said = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if said.returncode:
            yield said.stderr


def weights_are_allowed(after: After) -> Iterator[str]:
    """Every host serves weights that the design allows after this end."""
    for view in after.views:
        if split_of(view) not in after.allowed:
            yield f"{view['host']}: {split_of(view)} after exit {after.ended.code}"


def what_is_written_is_served(after: After) -> Iterator[str]:
    """The running NGINX, its files and the state agree."""
    for view in after.views:
        if view["drift"] or view["error"]:
            yield f"{view['host']}: {view['drift']} {view['error']}"


def the_running_nginx_proves_it(after: After) -> Iterator[str]:
    """Requests with chosen keys arrive, on every host, where the weights that are written down send them."""
    config = load(after.lab.config_path)
    for number, host in enumerate(config.hosts):
        state = remembered(state_directory(after.lab, number))
        if state is None or state.traffic is None:
            continue
        with Host(host) as connection:
            found = mismatches(config, state.traffic, connection.run(verify(config, state.traffic)))
        yield from (f"{host.name}: {each}" for each in found)


def who_is_in_is_healthy(after: After) -> Iterator[str]:
    """No user is sent to a slot whose services do not answer, but where nothing ever served yet."""
    if "nothing" in after.allowed:
        return
    for view in after.views:
        yield from (f"{view['host']}: {each}" for each in ailing(view))


def ailing(view: dict[str, Any]) -> Iterator[str]:
    """The services that users are sent to and that are not healthy, in one host's answer of `status --json`."""
    traffic = view["traffic"]
    for one in view["health"]:
        if traffic and one["slot"] != traffic["out"] and not one["healthy"]:
            yield f"{one['service']} in the {one['slot']} slot: {one['words']}"


def on_all_hosts_or_on_none(after: After) -> Iterator[str]:
    """Every host serves the same weights.

    Where the deployer was killed, or told a person which host it could not reach, a host goes back by itself: whether a
    slot without users is out may differ then.
    """
    by_itself = after.ended.code < 0 or after.ended.code == ExitCode.PERSON_NEEDED
    splits = {split_of(view).partition(", ")[0] if by_itself else split_of(view) for view in after.views}
    if len(splits) > 1:
        yield f"hosts differ: {splits}"


def nobody_has_the_lock(after: After) -> Iterator[str]:
    """The lock is free, or its owner is known to be gone and left nothing to do, so that the next command takes it."""
    for number, view in enumerate(after.views):
        state = remembered(state_directory(after.lab, number))
        owed = state is not None and state.owed is not None
        if view["lock"] != "free" and (owed or not view["lock"].endswith(", which is gone")):
            yield f"{view['host']}: {view['lock']}{', and users are not back' if owed else ''}"


def the_end_is_told(after: After) -> Iterator[str]:
    """A known exit code, and a sentence; never a traceback."""
    if after.ended.code not in CODES:
        yield after.ended.text
    if "Traceback" in after.ended.text or "does not know" in after.ended.text:
        yield after.ended.text


def nothing_half_written(after: After) -> Iterator[str]:
    """No temporary file, and every JSON file of the state is whole."""
    for host, injector in zip(after.lab.hosts, after.injectors, strict=True):
        left = [path for pattern in HALF_WRITTEN for path in (host.directory / "app").glob(pattern)]
        left += [path for path in (host.directory / "nginx").rglob("*") if _staged(path)]
        left += list(injector.temporary.iterdir())
        yield from (f"left: {path}" for path in dict.fromkeys(left))
        for file in (host.directory / "app" / "state").rglob("*.json"):
            try:
                json.loads(file.read_text())
            except ValueError as error:
                yield f"{file}: {error}"


def _staged(path: Path) -> bool:
    return path.name in ("new", "old", "alone.conf", "names")


def no_process_is_left(after: After) -> Iterator[str]:
    """Nothing that a command started runs, but the services that are known."""
    for host, injector in zip(after.lab.hosts, after.injectors, strict=True):
        for pid in strays(host, injector):
            yield f"process {pid}: {command_line(pid)}"


def no_secret_is_seen(after: After) -> Iterator[str]:
    """A value of `.env` stands in no output, and in no file but the .env files."""
    search = Search([after.planted])
    search.text("the output", after.ended.text)
    search.text("status", json.dumps(after.views))
    search.files(after.lab.directory)
    yield from search.found


def strays(host: LabHost, injector: Injector) -> list[int]:
    """The processes that commands on that host have started, without the services of its slots."""
    services = {service_pid(host.directory / "run", slot, name) for slot in ("stable", "canary") for name in SERVICES}
    found = with_environment(f"TMPDIR={injector.temporary}")
    return [pid for pid in found if pid not in services and alive(pid) and not command_line(pid).startswith("nginx:")]


NO_SECRET_IS_SEEN = "no secret is seen"
CHECKS: dict[str, Callable[[After], Iterator[str]]] = {
    "nginx -t passes": configuration_is_valid,
    "weights are ones that the design allows": weights_are_allowed,
    "what is written down is served": what_is_written_is_served,
    "requests with chosen keys prove the weights": the_running_nginx_proves_it,
    "a slot that users are sent to is healthy": who_is_in_is_healthy,
    "on all hosts or on none": on_all_hosts_or_on_none,
    "the lock is free": nobody_has_the_lock,
    "the end is told": the_end_is_told,
    "no file is half written or left over": nothing_half_written,
    "no process is left over": no_process_is_left,
    NO_SECRET_IS_SEEN: no_secret_is_seen,
}
USERS_ARE_ANSWERED = "every request is answered"
RIGHT_IN_TIME = "the host is right within 15 s after the lease ran out"
SOMEBODY_WORKS_AT_IT = "a host that owes something has a watchdog"
NEXT_WORKS = "the next deployment works"
REFUSED = "what the state does not allow is refused, with a sentence"
STOPS = "a deployer that is told to stop does so in 15 s, and has put all back or done all"
YIELDS = "a run that was taken over yields"
NAMES = (*CHECKS, USERS_ARE_ANSWERED, RIGHT_IN_TIME, SOMEBODY_WORKS_AT_IT, NEXT_WORKS, REFUSED, STOPS, YIELDS)


def contradictions(after: After) -> dict[str, list[str]]:
    """What each check found, by its name; only those that found something."""
    found = {name: list(check(after)) for name, check in CHECKS.items()}
    return {name: each for name, each in found.items() if each}
