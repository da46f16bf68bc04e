"""pycanary history: the last deployments."""

from __future__ import annotations

import json
from datetime import datetime

import click

from pycanary.cli.settings import Settings
from pycanary.state.model import RunState


@click.command(
    "history", epilog="\b\nExamples:\n  pycanary history\n  pycanary history --last 50 --json | jq '.[].outcome'"
)
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 10000), help="How many.")
@click.option("--json", "as_json", is_flag=True, help="For machines: the whole records.")
@click.pass_obj
def command(settings: Settings, last: int, as_json: bool) -> None:
    """Print the last deployments, newest first, from the first host."""
    config = settings.config()
    from pycanary.host.fleet import Fleet
    from pycanary.host.layout import Layout
    from pycanary.state.history import read_records, records

    with Fleet(config.hosts) as fleet:
        found = read_records(fleet.first.run(records(Layout.of(config).state, last)))
    if as_json:
        click.echo(json.dumps([record.model_dump(mode="json") for record in found], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("no deployment yet; `pycanary deploy stable` makes the first")
    for line in table(found):
        click.echo(line)


def table(records: list[RunState]) -> list[str]:
    """One aligned line for each run: when, type, release, outcome, who, and why where it failed."""
    rows = [_row(record) for record in records]
    widths = [max(len(row[column]) for row in rows) for column in range(5)] if rows else []
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]]).rstrip()
        for row in rows
    ]


def _row(record: RunState) -> tuple[str, str, str, str, str, str]:
    when = f"{datetime.fromisoformat(record.started_at):%Y-%m-%d %H:%M:%S}"
    request = record.plan.get("request", {})
    release = record.target.label if record.target else "-"
    why = record.reason.partition("\n")[0] or request.get("reason", "")
    printable = "".join(c if c.isprintable() else " " for c in why)
    return (
        when,
        str(request.get("type", "")),
        release,
        record.outcome,
        str(request.get("who", ""))[:20],
        printable[:100],
    )
