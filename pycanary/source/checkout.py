"""Bringing a slot's own worktree to exactly one commit, with nothing lost that somebody changed there."""

from __future__ import annotations

from dataclasses import dataclass

from pycanary.config.model import Config
from pycanary.host.layout import Layout
from pycanary.host.script import Script
from pycanary.model.slot import Slot

CHECKOUT_SECONDS = 600


@dataclass(frozen=True)
class Saved:
    """Where a checkout put what it found. Commands are lines for the host's shell."""

    directory: str  # the dated backup outside the checkout
    stashes: tuple[str, ...] = ()  # commit ids, the slot's own first, then submodules
    restore: tuple[str, ...] = ()  # from the stashes
    restore_backup: tuple[str, ...] = ()  # from the directory
    notes: tuple[str, ...] = ()  # what was moved, and why


def checkout(config: Config, slot: Slot, commit: str, run: str) -> Script:
    """Bring the slot's worktree to that commit, which `fetch` has brought to the host; commit: its full id.

    Local changes are first saved to a dated directory and stashed. Ignored files stay; the host fails with kind
    in-the-way when the commit has such a path, with kind write when something cannot be written.
    """
    layout = Layout.of(config)
    return Script(
        "checkout",
        {
            "STATE": layout.state,
            "RUN": run,
            "TZ": config.time_zone,
            "CLONE": layout.clone,
            "WORKTREE": layout.worktree(slot),
            "BACKUPS": layout.backups,
            "REMOTE": config.git.remote,
            "SLOT": slot.value,
            "COMMIT": commit,
        },
        timeout_seconds=CHECKOUT_SECONDS,
        libraries=("git", "worktree", "backup"),
    )


def parse_saved(output: str) -> Saved | None:
    """What `checkout` printed; None when there was nothing to save."""
    found: dict[str, list[str]] = {}
    for line in output.splitlines():
        key, _, value = line.partition("=")
        found.setdefault(key, []).append(value)
    if "directory" not in found:
        return None
    return Saved(
        directory=found["directory"][0],
        stashes=tuple(found.get("stash", ())),
        restore=tuple(found.get("restore", ())),
        restore_backup=tuple(found.get("restore-backup", ())),
        notes=tuple(found.get("note", ())),
    )
