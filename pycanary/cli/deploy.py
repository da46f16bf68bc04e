"""pycanary deploy: a whole deployment in one process."""

from __future__ import annotations

from typing import Any

import click

from pycanary.cli.options import request_from, request_options
from pycanary.cli.settings import Settings
from pycanary.plan import make_plan, new_run_id


@click.command(
    "deploy",
    epilog="\b\nExamples:\n  pycanary deploy stable\n  pycanary deploy canary-auto --commit 1a2b3c4d\n"
    "  pycanary deploy canary-manual --weight 25%\n  pycanary deploy canary-manual --weight 25% --weight backend=5%\n"
    "  pycanary deploy promote-canary --reason 'looks good'\n  pycanary deploy rollback\n"
    "  pycanary deploy stable --release 12",
)
@request_options
@click.pass_obj
def command(settings: Settings, /, **asked: Any) -> int:
    """Deploy. Any failure puts the hosts back by itself.

    TYPE: stable, canary-manual, canary-auto, promote-canary or rollback.
    """
    config = settings.config()
    plan = make_plan(config, request_from(**asked), new_run_id())
    from pycanary.cli.session import session
    from pycanary.run.execute import deploy

    with session(settings, config, plan, between_stages=False) as run:
        return int(deploy(run))
