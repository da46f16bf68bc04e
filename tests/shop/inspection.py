"""What is looked at in the running containers: time zones, names, limits, rights, memory."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.lab.containers import docker
from tests.shop.stack import ADDRESS, APP, Stack

SERVICES = ("frontend", "backend", "python")
SLOTS = ("stable", "canary")
ZONE, OFFSET = "Asia/Seoul", "+0900"


@dataclass(frozen=True)
class Container:
    """project: "stable", "canary" or "shared"."""

    project: str
    service: str
    facts: dict[str, Any]  # of `docker inspect`

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.service} ({self.project})"

    def run(self, *command: str) -> str:
        """A command inside it."""
        return docker("exec", self.facts["Id"], *command).strip()


def containers() -> list[Container]:
    """All of the example."""
    ids = docker("ps", "--quiet", "--filter", f"name=^{APP}-").split()
    found = []
    for facts in json.loads(docker("inspect", *ids)):
        labels = facts["Config"]["Labels"]
        project = labels["com.docker.compose.project"].removeprefix(f"{APP}-")
        found.append(Container(project, labels["com.docker.compose.service"], facts))
    return sorted(found, key=lambda each: each.name)


def look(stack: Stack) -> list[str]:
    """Everything that is not as the example's files say, in sentences; both slots must run."""
    found = containers()
    services = {(each.project, each.service): each for each in found if each.project in SLOTS}
    wrong = [
        f"{service} does not run in the {slot} slot"
        for slot in SLOTS
        for service in SERVICES
        if (slot, service) not in services
    ]
    for each in found:
        wrong += _bounds(each)
    return [*wrong, *_names(services), *_zones(stack, found)]


def _bounds(container: Container) -> Iterator[str]:
    host, log = container.facts["HostConfig"], container.facts["HostConfig"]["LogConfig"]
    if not host["Memory"] or not host["NanoCpus"]:
        yield f"{container.name} has no limit of memory or CPU"
    if "max-size" not in log["Config"] or "max-file" not in log["Config"]:
        yield f"the log of {container.name} is not rotated"
    if container.project in SLOTS:
        if container.run("id", "-u") == "0":
            yield f"{container.name} runs as root"
        if "Health" not in container.facts["State"]:
            yield f"{container.name} has no HEALTHCHECK"


def _names(services: dict[tuple[str, str], Container]) -> Iterator[str]:
    """A service's name means the one of the own slot."""
    for slot in SLOTS:
        for service in ("backend", "python"):
            own = services[slot, service].facts["NetworkSettings"]["Networks"][f"{APP}-{slot}_default"]["IPAddress"]
            resolved = services[slot, "frontend"].run("getent", "ahostsv4", service)
            addresses = {line.split()[0] for line in resolved.splitlines()}
            if addresses != {own}:
                yield f"in the {slot} slot, {service} resolves to {addresses} and not to {own}"


def _zones(stack: Stack, found: list[Container]) -> Iterator[str]:
    """By `date` in each container, and by what Node, the JVM and Python say of themselves."""
    for each in found:
        said = each.run("date", "+%z")
        if said != OFFSET:
            yield f"date in {each.name} says {said}"
    trusted = ssl.create_default_context(cafile=str(stack.certificate))
    for path in ("/api/time", "/backend/time", "/python/time"):
        with urllib.request.urlopen(f"https://{ADDRESS}{path}", context=trusted, timeout=10) as answer:
            text = answer.read().decode()
        if ZONE not in text:
            yield f"{path} says {text}"


# The processor time that a container has used, by either version of cgroups, in seconds.
CPU = """cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null |
    awk '/^usage_usec/ { print $2 / 1e6 } NF == 1 { print $1 / 1e9 }'"""


def used() -> list[str]:
    """The memory that each container has now, and the processor time since it was started."""
    lines = []
    for each in containers():
        memory = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", each.facts["Id"]).split()[0]
        seconds = float(each.run("sh", "-c", CPU).split()[0])
        lines.append(f"{each.name}: {memory}, {seconds:.0f} s of CPU")
    return lines
