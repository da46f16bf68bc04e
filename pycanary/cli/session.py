"""What a command that changes hosts holds open while it works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pycanary.cli.settings import Settings
from pycanary.config.model import Config
from pycanary.environment.collect import collect
from pycanary.errors import HostFailed, PersonNeeded, PycanaryError
from pycanary.host.fleet import Fleet
from pycanary.host.layout import Layout
from pycanary.model.deployment import DeploymentType
from pycanary.nginx.router import NginxRouter
from pycanary.plan import Action, Plan, PlannedStage
from pycanary.run.deployment import Deployment
from pycanary.run.interrupts import Interrupts
from pycanary.run.keeper import Keeper
from pycanary.run.reporter import Reporter, reporter_for
from pycanary.runtime.choose import runtime_of
from pycanary.secret import Secret


@contextmanager
def session(
    settings: Settings,
    config: Config,
    plan: Plan,
    *,
    between_stages: bool,
    stage: PlannedStage | None = None,
    reporter: Reporter | None = None,
) -> Iterator[Deployment]:
    """Connections, signals and the parts of a run.

    Missing environment values are an error before any host is touched. between_stages: the lease outlives this
    process, until the CI system starts the next stage. stage: the only one that this process runs.
    """
    environment = collect(config, os.environ) if plan.takes_values(stage) else {}
    reporter = reporter or reporter_for(config.time_zone, plain=settings.plain)
    reporter.masker.add(_secrets(config, environment))
    seconds = config.lease.between_seconds if between_stages else config.lease.running_seconds
    # Users are brought back, and told of, wherever that can be done, also while another host is dead.
    finishes = stage is not None and stage.action is Action.FINISH
    leaves_behind = plan.request.type is DeploymentType.ROLLBACK or finishes

    def on_retry(name: str, error: PycanaryError) -> None:
        reporter.say("warning", f"{name}: {error.found}; trying again")

    with (
        _brought_back(plan),
        Interrupts() as interrupts,
        Fleet(config.hosts, leaves_behind=leaves_behind, on_retry=on_retry) as fleet,
    ):
        yield Deployment(
            config=config,
            plan=plan,
            fleet=fleet,
            reporter=reporter,
            interrupts=interrupts,
            keeper=Keeper(
                Layout.of(config).state, plan.run_id, config.lease.running_seconds, on_lost=interrupts.lease_lost
            ),
            router=NginxRouter(config),
            runtime=runtime_of(config),
            environment=environment,
            lease_seconds=seconds,
            directory=Path(settings.config_path).absolute().parent,
        )


@contextmanager
def _brought_back(plan: Plan) -> Iterator[None]:
    """A rollback that cannot even begin has brought nobody back, which a person has to know."""
    try:
        yield
    except HostFailed as error:
        if plan.request.type is not DeploymentType.ROLLBACK:
            raise
        raise PersonNeeded(error.found, expected=error.expected, where=error.where, remedy=error.remedy) from error


def _secrets(config: Config, environment: dict[str, Secret]) -> list[Secret]:
    webhook = os.environ.get(config.mattermost.variable, "") if config.mattermost else ""
    return [*environment.values(), *([Secret(webhook)] if webhook else [])]
