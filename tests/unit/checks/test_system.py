"""The machine: programs and their age, directories, space, clock, login sessions."""

from __future__ import annotations

from typing import Any

import pytest

from pycanary.checks import system
from pycanary.checks.host_facts import HostFacts, Place, Space
from tests.unit.checks.samples import WELL, config, host, told

COMMANDS = {"commands": {"start": "a", "stop": "b", "running": "c", "logs": "d"}}


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (
            "SSH-2.0-OpenSSH_9.2p1 Debian-2",
            "ok connection: deploy@shop1, its host key is known, OpenSSH_9.2p1 Debian-2",
        ),
        ("SSH-2.0-dropbear_2022.83", "ok connection: deploy@shop1, its host key is known, dropbear_2022.83"),
        (
            "SSH-2.0-OpenSSH_6.6.1",
            "warning connection: deploy@shop1, its host key is known, OpenSSH_6.6.1: older than OpenSSH 7.2"
            " -> update openssh-server: newer clients refuse its SHA-1 signatures",
        ),
    ],
)
def test_the_connection_names_user_host_and_server(server: str, expected: str) -> None:
    assert told(system.connection(WELL, "shop1", server)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (WELL, ["ok git: git version 2.39.5", "ok curl: curl 7.88.1"]),
        (
            host(git="git version 2.25.1", curl="curl 7.58.0 (x86_64)"),
            [
                "error git: git version 2.25.1 -> install git 2.29 or newer",
                "advice curl: curl 7.58.0 -> install curl 7.68 or newer, and a slot that hangs costs each verification"
                " 1 s instead of many",
            ],
        ),
        (
            host(git="", curl="", missing=("git", "curl", "flock")),
            [
                "error git: is not installed -> install the package git",
                "error curl: is not installed -> install the package curl",
                "error flock: is not installed -> install the package util-linux",
            ],
        ),
    ],
)
def test_programs_are_there_and_new_enough(facts: HostFacts, expected: list[str]) -> None:
    assert [told(each) for each in system.programs(facts)] == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("path", "/srv/shop", writable=True, nearest="/srv/shop"), "ok directory: /srv/shop"),
        (
            Place("path", "/srv/shop", writable=True, nearest="/srv"),
            "ok directory: /srv/shop is made by the first deployment",
        ),
        (
            Place("path", "/srv/shop", writable=False, nearest="/srv"),
            "error directory: /srv/shop is missing, and deploy may not make it in /srv"
            " -> `sudo install -d -o deploy -m 750 /srv/shop`",
        ),
        (
            Place("path", "/srv/shop/state", writable=False, nearest="/srv/shop/state"),
            "error directory: deploy may not write in /srv/shop/state"
            " -> `sudo install -d -o deploy -m 750 /srv/shop` and `sudo chown -R deploy /srv/shop`",
        ),
    ],
)
def test_the_directory_is_writable_or_can_be_made(place: Place, expected: str) -> None:
    assert [told(each) for each in system.places(host(places=(place,)), config())] == [expected]


def test_a_directory_that_others_may_read_is_a_warning() -> None:
    assert [told(each) for each in system.places(host(open_to_others=True), config())] == [
        "warning directory: other users of the host may read /srv/shop, and with it the checkouts"
        " -> `sudo chmod 750 /srv/shop`",
        "ok directory: /srv/shop",
    ]


GIB = 2**20


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ([Space("path", "KiB", 100 * GIB, 40 * GIB, "/srv")], ["ok disk: 40.0 GiB (40%) free on /srv"]),
        (
            [Space("path", "KiB", 100 * GIB, 9 * GIB, "/srv")],
            [
                "warning disk: 9.0 GiB (9%) free on /srv -> free some, or lower `keep` in canary.yml: a disk that is"
                " full fails the next deployment"
            ],
        ),
        (
            [Space("docker", "KiB", 10 * GIB, 19 * GIB // 10, "/var")],
            [
                "warning disk: 1.9 GiB (19%) free on /var -> `docker system df` tells what Docker keeps;"
                " `docker image prune` removes what nothing uses"
            ],
        ),
        (
            [Space("path", "inodes", 1000, 50, "/srv")],
            [
                "warning disk: 50 inodes (5%) free on /srv -> free some, or lower `keep` in canary.yml: a disk that is"
                " full fails the next deployment"
            ],
        ),
        ([Space("path", "inodes", 1000, 500, "/srv"), Space("path", "inodes", 0, 0, "/btrfs")], []),
        (
            [Space("path", "KiB", 100 * GIB, 40 * GIB, "/"), Space("docker", "KiB", 100 * GIB, 40 * GIB, "/")],
            ["ok disk: 40.0 GiB (40%) free on /"],
        ),
    ],
)
def test_a_disk_with_less_than_2_gib_or_a_tenth_is_a_warning(space: list[Space], expected: list[str]) -> None:
    assert [told(each) for each in system.space(host(space=tuple(space)))] == expected


@pytest.mark.parametrize(
    ("skew", "expected"),
    [
        (0.4, "ok clock: agrees with this machine's"),
        (-5.0, "ok clock: agrees with this machine's"),
        (
            61.3,
            "warning clock: 61 s ahead of this machine -> run a time service on both (`timedatectl set-ntp true`)",
        ),
        (-7.0, "warning clock: 7 s behind this machine -> run a time service on both (`timedatectl set-ntp true`)"),
    ],
)
def test_a_clock_more_than_5_s_off_is_a_warning(skew: float, expected: str) -> None:
    assert [told(each) for each in system.clock(WELL, skew)] == [expected]


@pytest.mark.parametrize("facts", [host(script_seconds=None), host(boot_id=False)])
def test_without_its_uptime_a_host_cannot_keep_a_lease(facts: HostFacts) -> None:
    first, *_ = system.clock(facts, 0)
    assert told(first) == (
        "error uptime: /proc/uptime or /proc/sys/kernel/random/boot_id cannot be read: no lease can be taken"
        " -> mount /proc on the host (a container needs it readable)"
    )


@pytest.mark.parametrize(
    ("facts", "runtime", "ending", "services"),
    [
        (host(kill_user_processes=True), {}, "the watchdog ends", ""),
        (host(kill_user_processes=True, linger=True), {}, "the watchdog ends", ""),
        (
            host(kill_user_processes=True),
            COMMANDS,
            "the watchdog and what commands.start starts end",
            "; for services `sudo loginctl enable-linger deploy` and `systemd-run --user` are enough",
        ),
        (host(kill_user_processes=True, linger=True), COMMANDS, "the watchdog ends", ""),
    ],
)
def test_sessions_that_kill_what_they_started_leave_no_watchdog(
    facts: HostFacts, runtime: dict[str, Any], ending: str, services: str
) -> None:
    assert [told(each) for each in system.sessions(facts, config(**runtime))] == [
        f"warning login sessions: systemd-logind has KillUserProcesses=yes: {ending} with the connection ->"
        " `KillExcludeUsers=root deploy`, or `KillUserProcesses=no`, in /etc/systemd/logind.conf, and"
        f" `sudo systemctl restart systemd-logind`{services}"
    ]


@pytest.mark.parametrize("facts", [WELL, host(kill_user_processes=True, user="root")])
def test_sessions_that_kill_nothing_of_the_user_need_nothing(facts: HostFacts) -> None:
    assert not [*system.sessions(facts, config())]
