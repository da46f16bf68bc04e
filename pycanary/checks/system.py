"""Findings on the machine itself: programs, directories, space, clock, login sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts, Place, Space
from pycanary.config.model import Config
from pycanary.host.layout import Layout

OLDEST_SSHD = (7, 2)  # rsa-sha2 signatures; paramiko 5 offers no SHA-1 any more
OLDEST_GIT = (2, 29)  # `git init --object-format`
PARALLEL_CURL = (7, 68)  # `curl --parallel-immediate`
PACKAGES = {
    "flock": "util-linux",
    "setsid": "util-linux",
    "timeout": "coreutils",
    "realpath": "coreutils",
    "date": "coreutils",
    "tar": "tar (GNU's)",
}
SPARE_KIB = 2 * 1024 * 1024
SPARE_SHARE = 0.1
SKEW_SECONDS = 5


def connection(facts: HostFacts, address: str, server: str) -> Finding:
    """The way in. server: how its sshd names itself, "SSH-2.0-OpenSSH_9.2p1 Debian-2"."""
    words = server.removeprefix("SSH-2.0-")
    known = f"{facts.user}@{address}, its host key is known, {words}"
    version = _numbers(words.partition("OpenSSH_")[2])
    if version and version < OLDEST_SSHD:
        remedy = "update openssh-server: newer clients refuse its SHA-1 signatures"
        return Finding("warning", "connection", f"{known}: older than OpenSSH 7.2", remedy)
    return Finding("ok", "connection", known)


def programs(facts: HostFacts) -> Iterator[Finding]:
    """What has to be installed, and how old it may be."""
    for name in facts.missing:
        yield Finding("error", name, "is not installed", f"install the package {PACKAGES.get(name, name)}")
    git, curl = _numbers(facts.git), _numbers(facts.curl)
    if git and git < OLDEST_GIT:
        yield Finding("error", "git", facts.git, "install git 2.29 or newer")
    elif git:
        yield Finding("ok", "git", facts.git)
    if curl and curl < PARALLEL_CURL:
        remedy = "install curl 7.68 or newer, and a slot that hangs costs each verification 1 s instead of many"
        yield Finding("advice", "curl", _short(facts.curl), remedy)
    elif curl:
        yield Finding("ok", "curl", _short(facts.curl))


def places(facts: HostFacts, config: Config) -> Iterator[Finding]:
    """The application's directory."""
    ours = [place for place in facts.places if place.name == "path"]
    closed = [place for place in ours if not place.writable]
    for place in {place.nearest: place for place in reversed(closed)}.values():
        yield Finding("error", "directory", _not_writable(facts.user, place), _open_up(facts.user, place, config))
    if facts.open_to_others:
        found = f"other users of the host may read {config.path}, and with it the checkouts"
        yield Finding("warning", "directory", found, f"`sudo chmod 750 {config.path}`")
    if ours and not closed:
        there = ours[0].nearest == config.path
        yield Finding("ok", "directory", config.path if there else f"{config.path} is made by the first deployment")


def space(facts: HostFacts) -> Iterator[Finding]:
    """Room for a clone, two checkouts, images; each file system once."""
    seen: set[tuple[str, str]] = set()
    for each in facts.space:
        if (each.mounted_at, each.unit) in seen or each.total == 0:
            continue
        seen.add((each.mounted_at, each.unit))
        share = each.free / each.total
        few = share < SPARE_SHARE or (each.unit == "KiB" and each.free < SPARE_KIB)
        if few:
            yield Finding("warning", "disk", _left(each, share), _make_room(each))
        elif each.unit == "KiB":
            yield Finding("ok", "disk", _left(each, share))


def clock(facts: HostFacts, skew_seconds: float) -> Iterator[Finding]:
    """The lease counts by the uptime, people and records by the clock. skew_seconds: the host's less ours."""
    if facts.script_seconds is None or not facts.boot_id:
        found = "/proc/uptime or /proc/sys/kernel/random/boot_id cannot be read: no lease can be taken"
        yield Finding("error", "uptime", found, "mount /proc on the host (a container needs it readable)")
    if abs(skew_seconds) > SKEW_SECONDS:
        found = f"{abs(skew_seconds):.0f} s {'ahead of' if skew_seconds > 0 else 'behind'} this machine"
        yield Finding("warning", "clock", found, "run a time service on both (`timedatectl set-ntp true`)")
    else:
        yield Finding("ok", "clock", "agrees with this machine's")


def sessions(facts: HostFacts, config: Config) -> Iterator[Finding]:
    """Whether systemd ends what a login session has started: lingering keeps the user's manager, but no session."""
    if not facts.kill_user_processes or facts.user == "root":
        return
    ending, remedy = "the watchdog ends", f"`KillExcludeUsers=root {facts.user}`, or `KillUserProcesses=no`,"
    services = ""
    if config.commands and not facts.linger:
        ending = "the watchdog and what commands.start starts end"
        services = f"; for services `sudo loginctl enable-linger {facts.user}` and `systemd-run --user` are enough"
    yield Finding(
        "warning",
        "login sessions",
        f"systemd-logind has KillUserProcesses=yes: {ending} with the connection",
        f"{remedy} in /etc/systemd/logind.conf, and `sudo systemctl restart systemd-logind`{services}",
    )


def _numbers(text: str) -> tuple[int, ...] | None:
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else None


def _short(text: str) -> str:
    return " ".join(text.split()[:2])


def _not_writable(user: str, place: Place) -> str:
    if place.nearest == place.path:
        return f"{user} may not write in {place.path}"
    return f"{place.path} is missing, and {user} may not make it in {place.nearest}"


def _open_up(user: str, place: Place, config: Config) -> str:
    root = Layout.of(config).root
    return f"`sudo install -d -o {user} -m 750 {root}`" + (
        f" and `sudo chown -R {user} {root}`" if place.nearest.startswith(root) else ""
    )


def _left(each: Space, share: float) -> str:
    amount = f"{each.free / 1024 / 1024:.1f} GiB" if each.unit == "KiB" else f"{each.free} inodes"
    return f"{amount} ({share:.0%}) free on {each.mounted_at}"


def _make_room(each: Space) -> str:
    if each.name == "docker":
        return "`docker system df` tells what Docker keeps; `docker image prune` removes what nothing uses"
    return "free some, or lower `keep` in canary.yml: a disk that is full fails the next deployment"
