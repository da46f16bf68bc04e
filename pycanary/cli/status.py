"""pycanary status: what is served now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pycanary.cli.settings import Settings

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pycanary.state.view import HostView


@click.command("status", epilog="\b\nExamples:\n  pycanary status\n  pycanary status --json | jq '.[].drift'")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Print weights, the releases in both slots, their health, the lock, a last run that did not succeed, and drift.

    Exits with 4 where a host cannot be looked at or state, files and the running NGINX contradict each other.
    """
    config = settings.config()
    from pycanary.host.fleet import Fleet
    from pycanary.state.gather import gather

    with Fleet(config.hosts, one_by_one=True) as fleet:
        views = gather(config, fleet)
    if as_json:
        click.echo(json.dumps([view.model_dump(mode="json") for view in views], indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        console = Console(highlight=False, soft_wrap=True)
        for view in views:
            console.print(show(view))
    return 4 if any(view.error or view.drift for view in views) else 0


def show(view: HostView) -> RenderableType:
    """One host for people: a title line, a table of slots, then what is wrong."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from pycanary.model.slot import Slot
    from pycanary.state.again import serve_again

    parts: list[RenderableType] = [Text(view.host, "bold")]
    if view.error:
        return Group(*parts, Text(f"  {view.error}", "red"))
    weights = view.traffic.summary if view.traffic else "nothing served yet"
    parts.append(Text(f"  weights  {weights}"))
    table = Table.grid(padding=(0, 2))
    for slot in Slot:
        release = view.releases.get(slot)
        health = [one for one in view.health if one.slot is slot]
        sick = ", ".join(f"{one.service}: {one.words}" for one in health if not one.healthy)
        state = Text(sick, "red") if sick else Text("healthy" if health else "", "green")
        words = f"{release.label} {release.commit.author}: {release.commit.subject}" if release else "empty"
        bad = f"judged bad: {release.judged_bad.splitlines()[0]}" if release and release.judged_bad else ""
        table.add_row(f" {slot}", Text(words), state, Text(bad, "red"))
    parts.append(table)
    if view.held_since:
        parts.append(Text(f"  held since {view.held_since}: promote-canary or rollback decides it", "yellow"))
    parts.append(Text(f"  lock     {view.lock}", "" if view.lock == "free" else "yellow"))
    if view.last_words:
        parts.append(Text(f"  last     {view.last_words}", "yellow"))
    parts += [Text(f"  drift    {line}", "red") for line in view.drift]
    if view.drift and view.lock == "free":
        parts.append(Text(f"           -> {serve_again(view.traffic, view.releases, held=bool(view.held_since))}"))
    return Group(*parts)
