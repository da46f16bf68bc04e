"""The package as the shared library carries it to an agent: one zip file, the same bytes from the same sources."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pycanary import __version__

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "resources/pycanary/bundle/pycanary.zip"
LOCK = ROOT / "resources/pycanary/jenkins/requirements.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold
FOLDERS = {"pycanary": ROOT / "pycanary", "pycanary/resources": ROOT / "resources/pycanary"}
LEFT_OUT = {"pycanary": ("demo",), "pycanary/resources": ("demo", "bundle", "jenkins")}  # an agent needs none of it
SUFFIXES = {".py", ".sh", ".j2", ".css"}


def bundle() -> bytes:
    """The zip file: pycanary/ as it is imported, requirements.txt (the lock) and version."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, content in sorted(_contents()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, wherever it is made
            file.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def _contents() -> Iterator[tuple[str, bytes]]:
    yield "version", __version__.encode()
    yield "requirements.txt", LOCK.read_bytes()
    for name, folder in FOLDERS.items():
        for path in folder.rglob("*"):
            inside = path.relative_to(folder)
            if path.suffix in SUFFIXES and inside.parts[0] not in LEFT_OUT[name]:
                yield f"{name}/{inside.as_posix()}", path.read_bytes()


def main() -> None:
    """Write it; `make bundle` calls this."""
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(bundle())
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
