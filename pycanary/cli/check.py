"""pycanary check: is everything there that a deployment needs?"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pycanary.cli.settings import Settings
from pycanary.errors import ExitCode

if TYPE_CHECKING:
    from pycanary.checks.everything import Checked
    from pycanary.checks.finding import Finding

SIGNS = {"ok": "✓", "warning": "!", "error": "✗", "advice": "·"}
COLOURS = {"ok": "green", "warning": "yellow", "error": "red", "advice": "cyan"}
WORDS = {level: level for level in SIGNS}


@click.command("check", epilog="\b\nExamples:\n  pycanary check\n  pycanary check --json | jq '.[].findings[].remedy'")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Look at everything that a deployment needs, on every host side by side. Changes nothing.

    Exits with 2 where anything would make a deployment fail; each finding says what to do.
    """
    config = settings.config()
    from pycanary.checks.everything import everything
    from pycanary.host.fleet import Fleet

    with Fleet(config.hosts, one_by_one=True) as fleet:
        checked = everything(config, fleet, os.environ)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in checked], indent=2, ensure_ascii=False))
    else:
        for line in lines(checked, SIGNS if _shows_signs(settings) else WORDS):
            click.echo(line)
    return int(ExitCode.USAGE if _count(checked, "error") else ExitCode.DONE)


def lines(checked: tuple[Checked, ...], signs: dict[str, str]) -> list[str]:
    """For people: a title for each place, its findings aligned below, the counts at the end."""
    found: list[str] = []
    for each in checked:
        found.append(click.style(each.place, bold=True))
        width = max((len(finding.subject) for finding in each.findings), default=0)
        for finding in each.findings:
            found += _finding(finding, width, signs)
    counts = [_counted(_count(checked, level), level) for level in ("error", "warning", "advice", "ok")]
    return [*found, ", ".join(counts)]


def _finding(finding: Finding, width: int, signs: dict[str, str]) -> list[str]:
    sign = signs[finding.level].ljust(max(map(len, signs.values())))
    margin = " " * (2 + len(sign) + 1 + width + 2)
    first, *more = finding.found.splitlines() or [""]
    head = f"  {click.style(sign, fg=COLOURS[finding.level])} {finding.subject:<{width}}  {first}"
    remedy = [f"-> {finding.remedy}"] if finding.remedy else []
    return [head, *(f"{margin}{line.strip()}" for line in [*more, *remedy])]


def _count(checked: tuple[Checked, ...], level: str) -> int:
    return sum(finding.level == level for each in checked for finding in each.findings)


def _counted(count: int, level: str) -> str:
    return f"{count} {level}{'s' if level in ('error', 'warning') and count != 1 else ''}"


def _shows_signs(settings: Settings) -> bool:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return sys.stdout.isatty() and not settings.plain and encoding == "utf8"
