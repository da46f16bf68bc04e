"""Web addresses of commits."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from pycanary.config.sections import Git


def commit_url(git: Git, commit_id: str) -> str | None:
    """The page of a commit, as GitLab names it; None where the remote is no server with web pages.

    From git.web, else from the remote: its https or ssh form, groups nested as they are. A user name or password in
    either is left out, and so is the port of ssh.
    """
    page = _page(git.web or git.remote)
    return f"{page}/-/commit/{commit_id}" if page else None


def _page(address: str) -> str | None:
    scp = re.fullmatch(r"(?:[^@/:]+@)?([A-Za-z0-9.-]{2,}):(?!/)(.+)", address)
    if scp:
        return _joined("https", scp[1], scp[2])
    parts = urlsplit(address)
    if parts.scheme in ("http", "https"):
        host = parts.netloc.rpartition("@")[2]
        return _joined(parts.scheme, host, parts.path)
    if parts.scheme in ("ssh", "git+ssh"):
        return _joined("https", parts.hostname or "", parts.path)
    return None


def _joined(scheme: str, host: str, path: str) -> str | None:
    project = path.strip("/").removesuffix(".git").strip("/")
    return f"{scheme}://{host}/{quote(project, safe='/%~')}" if host and project else None
