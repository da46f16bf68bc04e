"""A change of NGINX's files before it is made, for people to see."""

from __future__ import annotations

import difflib

from pycanary.config.model import Config
from pycanary.model.traffic import Traffic
from pycanary.nginx.facts import NginxFacts
from pycanary.nginx.names import Names
from pycanary.nginx.render import render
from pycanary.nginx.site import render_site
from pycanary.nginx.version import Version


def changes(config: Config, traffic: Traffic, version: Version, found: NginxFacts) -> str:
    """A unified diff from the files on the host to those that `install` would leave; empty: it changes none."""
    names, files = Names.of(config), render(config, traffic, version)
    wanted = [
        (names.http_part, "http", files.http),
        (names.proxy_snippet, "proxy", files.proxy),
        (names.assets_snippet, "assets", files.assets),
    ]
    if not found.has_site:
        wanted.append((names.site, "site", render_site(config, version)))
    return "".join(_diff(names.on_host(path), found.files.get(name), text) for path, name, text in wanted)


def _diff(path: str, before: str | None, after: str) -> str:
    if before is None:
        return f"new file {path}, {len(after.splitlines())} lines\n"
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), path, path, lineterm="")
    return "".join(f"{line}\n" for line in lines)
