"""docs/jenkins-console.md: what three builds of the lab print and show. `make console` writes it anew."""

from __future__ import annotations

import os
import re
from typing import Any

from tests.jenkins.job import Jenkins, JenkinsBuild
from tests.lab.machine import ROOT

DOCUMENT = ROOT / "docs/jenkins-console.md"
WRITES = "PYCANARY_WRITE_CONSOLE" in os.environ
# What differs from one build to the next.
CHANGING = (
    (r"\d\d:\d\d:\d\d", "TIME"),
    (r"\d{8}T\d{6}-[0-9a-f]{6}", "RUN"),
    (r"\([0-9a-f]{16}\) on Python [\d.]+", "(KEY) on PYTHON"),
    (r"\b([0-9a-f]{40}|[0-9a-f]{8})\b", "COMMIT"),
    (r"127\.0\.0\.1:\d+", "HOST"),
)


def told(job: Jenkins, build: JenkinsBuild, ended: dict[str, Any]) -> str:
    """A build as the document shows it."""
    page, workspace = ended["page"], build.directory / "workspace"
    # Only the first build on an agent installs.
    lines = [line for line in build.console.splitlines() if not line.startswith("installing pycanary")]
    console = "\n".join(lines).replace(str(workspace), "WORKSPACE").replace(str(job.cache), "CACHE")
    return f"**{page['displayName']}**, {ended['result']}\n\n> {page['description']}\n\n```text\n{console}\n```\n"


def compare(title: str, section: str) -> None:
    """The document has the same under that title, but for what differs from build to build."""
    document = DOCUMENT.read_text()
    before, head, rest = document.partition(f"## {title}\n\n")
    assert head, f"{DOCUMENT.name} has no {title!r}"
    present, following, after = rest.partition("\n## ")
    if WRITES:
        DOCUMENT.write_text(before + head + section + following + after)
        return
    assert _shape(section) == _shape(present), "run `make console`, and look at what it changes"


def _shape(section: str) -> list[str]:
    for pattern, word in CHANGING:
        section = re.sub(pattern, word, section)
    return section.strip().splitlines()
