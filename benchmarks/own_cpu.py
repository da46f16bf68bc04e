"""Hosts of a lab as machines of their own: each has a share of this machine's processor that no other takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

from tests.lab.host import LabHost
from tests.lab.machine import wait_until

PERIOD_MICROSECONDS = 10_000
FIRST, SECOND = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")  # where control groups of version 1 and 2 are


@contextmanager
def own_cpu(hosts: list[LabHost], share: float) -> Iterator[None]:
    """Each host in a network namespace has that share of one core, for the time of the block.

    Needs root. Source: "CFS Bandwidth Control" and "Control Group v2" in the kernel's documentation.
    """
    with ExitStack() as stack:
        for host in hosts:
            group = stack.enter_context(_group(share))
            for pid in _processes(host):
                _move(pid, group)
        yield


@contextmanager
def _group(share: float) -> Iterator[Path]:
    root = FIRST if FIRST.is_dir() else SECOND
    if root == SECOND:
        (root / "cgroup.subtree_control").write_text("+cpu")
    group = root / f"pycanary-bench-{token_hex(3)}"
    group.mkdir()
    quota = int(share * PERIOD_MICROSECONDS)
    if root == FIRST:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
    else:
        (group / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
    try:
        yield group
    finally:
        wait_until(lambda: _left(group, root), "the host's processes to leave their group")
        group.rmdir()


def _left(group: Path, root: Path) -> bool:
    """Whether nothing is in the group any more; a process may start another while it is moved."""
    members = (group / "cgroup.procs").read_text().split()
    for pid in members:
        _move(int(pid), root)
    return not members


def _processes(host: LabHost) -> list[int]:
    """All that run in the network of that host."""
    network = Path(f"/proc/{host.nginx.pid}/ns/net").readlink()
    found = []
    for link in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            if link.readlink() == network:
                found.append(int(link.parts[2]))
        except OSError:  # it has ended
            continue
    return found


def _move(pid: int, group: Path) -> None:
    try:
        (group / "cgroup.procs").write_text(str(pid))
    except ProcessLookupError:
        return
