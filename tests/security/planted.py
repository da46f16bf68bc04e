"""Secrets with a mark in them, and the search for that mark wherever something could have been left."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.beside import beside

QUOTES, BACKTICKS = "'\"$(id)+%&/é\\ ", '"$(id)`id`+%&/é\\ '


@dataclass(frozen=True)
class Planted:
    """One secret. Quoting and URL-encoding change what stands around the mark, never the mark itself."""

    name: str
    special: str = QUOTES
    mark: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def value(self) -> str:
        """The secret itself: the mark between all that shells, URLs and JSON write in another way."""
        return f"{self.special}{self.mark}{self.special}x"

    @property
    def forms(self) -> tuple[bytes, ...]:
        """The mark as it is, in hexadecimal, and in Base64 at each of the three places where it may begin."""
        raw = self.mark.encode()
        encoded = (base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4] for offset in range(3))
        return (raw, raw.hex().encode(), *encoded)


def may_hold(path: Path) -> bool:
    """The .env files of both sides, the key, and what the application itself wrote into its own log."""
    return path.suffix == ".env" or path.name == "user_key" or path.parent.name == "run"


def seen_in(content: bytes, planted: list[Planted]) -> list[str]:
    """The names of the secrets of which that content shows anything."""
    return [each.name for each in planted if any(form in content for form in each.forms)]


@dataclass
class Search:
    """What was searched and what was found: `places` counts files, streams and messages."""

    planted: list[Planted]
    places: int = 0
    processes: set[tuple[str, bytes]] = field(default_factory=set)
    found: list[str] = field(default_factory=list)

    def text(self, where: str, content: str) -> None:
        """Search a stream or a message."""
        self._search(where, content.encode())

    def files(self, directory: Path) -> None:
        """Search every file below a directory, but those that are meant to hold a secret."""
        for path in directory.rglob("*"):
            if path.is_file() and not path.is_symlink() and not may_hold(path):
                try:
                    content = path.read_bytes()
                except FileNotFoundError:  # it was a temporary one
                    continue
                self._search(str(path.relative_to(directory)), content)

    def _search(self, where: str, content: bytes) -> None:
        self.places += 1
        self.found += [f"{name} in {where}" for name in seen_in(content, self.planted)]

    @contextmanager
    def process_list(self, may_know: Callable[[bytes], bool]) -> Iterator[None]:
        """Sample all processes of this machine again and again, both sides of the lab.

        may_know: whether the process of that command line may have secrets in its environment.
        """

        def sample() -> None:
            for directory in Path("/proc").glob("[0-9]*"):
                self._process(directory, may_know)

        with beside(sample, pause_seconds=0.02):
            yield

    def _process(self, directory: Path, may_know: Callable[[bytes], bool]) -> None:
        try:
            line = (directory / "cmdline").read_bytes()
            if (directory.name, line) in self.processes:
                return
            environ = (directory / "environ").read_bytes()
        except OSError:  # it has ended
            return
        self.processes.add((directory.name, line))
        shown = line.replace(b"\0", b" ")[:200].decode(errors="replace")
        self.found += [f"{name} in the arguments of {shown}" for name in seen_in(line, self.planted)]
        if not may_know(line):
            self.found += [f"{name} in the environment of {shown}" for name in seen_in(environ, self.planted)]
