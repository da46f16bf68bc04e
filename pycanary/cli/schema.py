"""pycanary schema: canary.yml for editors."""

from __future__ import annotations

import json

import click


@click.command("schema", epilog="\b\nExample:\n  pycanary schema > canary.schema.json")
def command() -> None:
    """Print the JSON Schema of canary.yml."""
    from pycanary.config.schema import schema

    click.echo(json.dumps(schema(), indent=2))
