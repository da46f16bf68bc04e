"""The example as a team's repository: a bare one, with a commit for each release of the story."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.lab.machine import ROOT
from tests.lab.repository import Repository

SHOP = ROOT / "examples" / "shop"
MIGRATIONS = Path("backend/src/main/resources/db/migration")
FAILING = """\
-- As it happens: a column that nobody added.
ALTER TABLE orders DROP COLUMN never_there;
"""


class Releases:
    """`repository.bare` is what the host fetches from."""

    def __init__(self, directory: Path, app: str) -> None:
        self.repository = Repository(directory, app, {})

    def first(self) -> str:
        """The shop as it is in examples/shop; the commit's id."""
        # With what is new and not committed yet; without what .gitignore names.
        listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = subprocess.run(listing, cwd=SHOP, capture_output=True, text=True, check=True).stdout
        return self.commit(
            "Open the shop", {Path(name): (SHOP / name).read_bytes() for name in names.split("\0") if name}
        )

    def commit(self, message: str, files: dict[Path, bytes]) -> str:
        """Write these files, commit and push; the commit's id."""
        for path, content in files.items():
            target = self.repository.work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return self._push(message)

    def edit(self, message: str, path: str, old: str, new: str) -> str:
        """Commit a change of one file, in which `old` stands; the commit's id."""
        file = self.repository.work / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        return self.commit(message, {Path(path): text.replace(old, new).encode()})

    def revert(self) -> str:
        """Take the last commit back; the new commit's id."""
        self.repository.git("revert", "--no-edit", "HEAD")
        return self._push("")

    def failing_migration(self) -> str:
        """A release whose backend cannot start; the commit's id."""
        return self.commit("Forget a column", {MIGRATIONS / "V3__forget_a_column.sql": FAILING.encode()})

    def _push(self, message: str) -> str:
        git = self.repository.git
        if message:
            git("add", "--all")
            git("commit", "--quiet", "--message", message)
        git("push", "--quiet", "origin", "HEAD:develop")
        return git("rev-parse", "HEAD").strip()
