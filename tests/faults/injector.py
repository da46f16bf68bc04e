"""A host whose sshd numbers the commands of a deployment, and harms one of them. The product knows nothing of it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pycanary.host.script import words
from tests.lab.host import LabHost

SCRIPT = Path(__file__).with_name("injector.sh")
HANG_SECONDS = 4  # a hanging command's limit; longer than the lease of these tests: it must be renewed meanwhile
HANG_KEEP_SECONDS = 12  # longer than the deployer waits for an answer of the host


@dataclass(frozen=True)
class Command:
    """The command of that number ("keep": the conversation that renews the lease) of an unharmed deployment."""

    number: str
    name: str
    seconds: float


@dataclass(frozen=True)
class Fault:
    """What happens to which command of a deployment, on one of its hosts."""

    kind: str
    command: Command
    host: int = 0

    def __str__(self) -> str:
        where = f" of host {self.host + 1}" if self.host else ""
        return f"{self.kind} at command {self.command.number} ({self.command.name}){where}"


class Injector:
    """Stands between the sshd of one host and its commands, from the next connection on."""

    def __init__(self, host: LabHost) -> None:
        self.directory = host.sshd.directory.with_name(f"{host.sshd.directory.name}-injector")
        self._sshd = host.sshd
        self.temporary = self.directory / "tmp"
        self.temporary.mkdir(parents=True)
        shutil.copy(SCRIPT, self.directory / "injector.sh")
        command = words("sh", str(self.directory / "injector.sh"), str(self.directory))
        key = (host.sshd.directory / "user_key.pub").read_text()
        (host.sshd.directory / "authorized_keys").write_text(f'command="{command}" {key}')

    def count(self) -> None:
        """Number the commands and measure them, without harm."""
        self._plan("count - 0 0 0")

    def arm(self, fault: Fault, deployer: int) -> None:
        """Harm that command of the deployment that begins now."""
        keep = fault.command.number == "keep"
        delay, limit = (1, HANG_KEEP_SECONDS) if keep else (fault.command.seconds / 2, HANG_SECONDS)
        self._plan(f"{fault.kind} {fault.command.number} {deployer} {delay:.2f} {limit}")

    def counted(self, names: Sequence[str]) -> list[Command]:
        """The commands since `count`. names: what the deployer calls them, in their order."""
        took = {number: float(end) - float(begun) for number, begun, end in map(str.split, self._lines("numbered"))}
        keep = [Command("keep", "keep", took.pop("keep"))] if "keep" in took else []
        assert len(took) == len(names), f"sshd counted {len(took)} commands, the deployer {len(names)}: {names}"
        return [Command(str(at), name, took[str(at)]) for at, name in enumerate(names, 1)] + keep

    @property
    def injected(self) -> float | None:
        """When the command that was to be harmed came, in seconds of uptime; None where it never came."""
        lines = self._lines("injected")
        return float(lines[0]) if lines else None

    def disarm(self) -> None:
        """Leave every further command alone."""
        for name in ("plan", "count", "numbered", "injected", "others"):
            (self.directory / name).unlink(missing_ok=True)

    def _lines(self, name: str) -> list[str]:
        file = self.directory / name
        return file.read_text().splitlines() if file.exists() else []

    def _plan(self, text: str) -> None:
        """Of the commands over connections that begin from now on: whoever has one already is left alone."""
        self.disarm()
        (self.directory / "others").write_text("".join(f"{pid}\n" for pid in self._sshd.sessions()))
        new = self.directory / "plan.new"
        new.write_text(f"{text}\n")
        new.replace(self.directory / "plan")
