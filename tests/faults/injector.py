"""A host whose sshd numbers the commands of a deployment, and harms one of them. The product knows nothing of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pycanary.host.script import words
from tests.lab.host import LabHost

SCRIPT = Path(__file__).with_name("injector.sh")
HANG_SECONDS = 4  # longer than the lease of these tests: it must be renewed meanwhile


@dataclass(frozen=True)
class Fault:
    """What happens to command `number` ("keep": the conversation that renews the lease) of a deployment on one host."""

    kind: str
    number: str
    host: int = 0

    def __str__(self) -> str:
        return f"{self.kind} at command {self.number}" + (f" of host {self.host + 1}" if self.host else "")


class Injector:
    """Stands between the sshd of one host and its commands, from the next connection on."""

    def __init__(self, host: LabHost) -> None:
        self.directory = host.sshd.directory.with_name(f"{host.sshd.directory.name}-injector")
        self.temporary = self.directory / "tmp"
        self.temporary.mkdir(parents=True)
        shutil.copy(SCRIPT, self.directory / "injector.sh")
        command = words("sh", str(self.directory / "injector.sh"), str(self.directory))
        key = (host.sshd.directory / "user_key.pub").read_text()
        (host.sshd.directory / "authorized_keys").write_text(f'command="{command}" {key}')

    def count(self) -> None:
        """Number the commands and measure them, without harm."""
        self._plan("count - 0 0")

    def arm(self, fault: Fault, deployer: int, seconds: float) -> None:
        """Harm that command of the deployment that begins now. seconds: how long the command takes by itself."""
        delay = HANG_SECONDS if fault.kind == "hangs" else seconds / 2
        self._plan(f"{fault.kind} {fault.number} {deployer} {delay:.2f}")

    def counted(self) -> dict[str, float]:
        """The commands since `count`, with the seconds that each took."""
        lines = [line.split() for line in self._lines("numbered")]
        return {number: float(end) - float(begun) for number, begun, end in lines}

    @property
    def injected(self) -> bool:
        """Whether the command that was to be harmed came."""
        return bool(self._lines("injected"))

    def disarm(self) -> None:
        """Leave every further command alone."""
        for name in ("plan", "count", "numbered", "injected"):
            (self.directory / name).unlink(missing_ok=True)

    def _lines(self, name: str) -> list[str]:
        file = self.directory / name
        return file.read_text().splitlines() if file.exists() else []

    def _plan(self, text: str) -> None:
        self.disarm()
        new = self.directory / "plan.new"
        new.write_text(f"{text}\n")
        new.replace(self.directory / "plan")
