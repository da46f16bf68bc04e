"""A host on which all is well, and the smallest canary.yml that it fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts, Place, Space
from pycanary.config.model import Config

WELL = HostFacts(
    clock=1_700_000_000,
    script_seconds=0.2,
    user="deploy",
    git="git version 2.39.5",
    curl="curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1",
    remote="ok",
    branches=("main", "develop"),
    places=(
        Place("path", "/srv/shop", writable=True, nearest="/srv/shop"),
        Place("nginx", "/etc/nginx/conf.d", writable=True, nearest="/etc/nginx/conf.d"),
        Place("site", "/etc/nginx/conf.d", writable=True, nearest="/etc/nginx/conf.d"),
    ),
    space=(Space("path", "KiB", 100 * 2**20, 40 * 2**20, "/srv"),),
    docker=("ok", "27.1.1"),
    compose="2.29.0",
    reload="yes",
)


def host(**changes: Any) -> HostFacts:
    """WELL with these differences."""
    return replace(WELL, **changes)


def config(**changes: Any) -> Config:
    """One host, two services."""
    return Config.model_validate(
        {
            "app": "shop",
            "hosts": [{"address": "shop1"}],
            "path": "/srv/shop",
            "git": {"remote": "git@gitlab:shop.git"},
            "services": {"frontend": {"stable": 3001, "canary": 3002}, "backend": {"stable": 8081, "canary": 8082}},
            **changes,
        }
    )


def told(finding: Finding) -> str:
    """A finding as one text, to compare by."""
    remedy = f" -> {finding.remedy}" if finding.remedy else ""
    return f"{finding.level} {finding.subject}: {finding.found}{remedy}"
