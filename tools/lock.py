"""The lock of the bundle: every package that an agent installs, for every Python and machine, with its hashes."""

from __future__ import annotations

import configparser
import subprocess
import sys

from tools.bundle import LOCK, ROOT

HEAD = (
    "# The packages of the bundle, each with its hashes; made anew by `make lock` from install_requires of setup.cfg.\n"
)


def main() -> None:
    """Write it; `make lock` calls this. Needs a package index."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    flags = ("--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--upgrade")
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "-", "--python-version", "3.10", "--quiet", *flags],
        input=setup["options"]["install_requires"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    LOCK.write_text(HEAD + done.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
