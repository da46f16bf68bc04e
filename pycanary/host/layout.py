"""Where things are on a host, below the application's path."""

from __future__ import annotations

from dataclasses import dataclass

from pycanary.config.model import Config
from pycanary.model.slot import Slot


@dataclass(frozen=True)
class Layout:
    """Paths on the host, as text: the host is POSIX whatever this machine is."""

    root: str

    @classmethod
    def of(cls, config: Config) -> Layout:
        """The layout of one application."""
        return cls(config.path)

    @property
    def state(self) -> str:
        """state.json, the lease, run records."""
        return f"{self.root}/state"

    @property
    def clone(self) -> str:
        """The one bare clone that all worktrees share."""
        return f"{self.root}/clone.git"

    @property
    def source(self) -> str:
        """The worktree in which images are built, so that no running slot's files change."""
        return f"{self.root}/source"

    def worktree(self, slot: Slot) -> str:
        """The checkout of one slot."""
        return f"{self.root}/{slot}"

    def environment(self, slot: Slot) -> str:
        """The .env file of one slot."""
        return f"{self.root}/environment/{slot}.env"

    @property
    def next_environment(self) -> str:
        """The .env file of the release that is being deployed."""
        return f"{self.root}/environment/next.env"

    @property
    def backups(self) -> str:
        """Dated backups of local changes and of NGINX files."""
        return f"{self.root}/backups"
