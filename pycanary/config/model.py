"""canary.yml as a model. The descriptions are the reference: `pycanary schema` and docs/canary-yml.md print them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pycanary.config.fields import AbsolutePath, EnvironmentName, Name, Seconds, Section, Step, TimeZone
from pycanary.config.sections import (
    Commands,
    Compose,
    EnvironmentFile,
    Git,
    Health,
    Host,
    Keep,
    Lease,
    Mattermost,
    Nginx,
    Retry,
    Service,
    Sticky,
    Variable,
)
from pycanary.model.traffic import Route
from pycanary.model.weights import Weights

AWS_S3 = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_S3_BUCKET")
CLAUDE = ("ANTHROPIC_API_KEY",)


def _default_environment() -> dict[str, Variable]:
    return {name: Variable() for name in AWS_S3 + CLAUDE}


class Config(Section):
    """One application's canary.yml."""

    app: Name = Field(description="Short name of the application; part of every name on the host.")
    hosts: Annotated[tuple[Host, ...], Field(min_length=1)] = Field(description="The machines that run it.")
    path: AbsolutePath = Field(description="Directory on the host that belongs to pycanary and this application.")
    git: Git = Field(description="Where commits come from.")
    services: Annotated[dict[Name, Service], Field(min_length=1)] = Field(description="The programs of the stack.")
    compose: Compose | None = Field(default=None, description="Runtime Docker Compose (the default).")
    commands: Commands | None = Field(default=None, description="Runtime of your own commands instead.")
    nginx: Nginx = Field(default=Nginx(), description="The NGINX on the hosts.")
    sticky: Sticky = Field(default=Sticky(), description="Whether users stay on one side.")
    retry: Retry = Field(default=Retry(), description="Whether failing requests are retried on the other slot.")
    health: Health = Field(default=Health(), description="How patient health checks are.")
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = Field(
        default=(Weights.of_canary(100), Weights.of_canary(400), Weights.of_canary(700)),
        description="The canary's shares in canary-auto, in order.",
        json_schema_extra={"default": ["10%", "40%", "70%"]},
    )
    bake_seconds: Seconds = Field(default=30, description="How long each share is watched.")
    drain_seconds: Seconds = Field(default=30, description="How long requests in flight may take before a slot stops.")
    wait_seconds: Seconds = Field(default=900, description="How long to wait for another deployment; 0: refuse.")
    during_hold: Literal["replace", "keep"] = Field(
        default="replace", description="What canary-auto does while a canary is held: replace it, or keep it and skip."
    )
    lease: Lease = Field(default=Lease(), description="When a silent deployer is taken for dead.")
    environment: dict[EnvironmentName, Variable] = Field(
        default_factory=_default_environment,
        description="Variables of the Compose files or commands; by default those of AWS S3 and Claude.",
    )
    environment_file: EnvironmentFile | None = Field(default=None, description="A whole .env file.")
    mattermost: Mattermost | None = Field(default=None, description="Where people are told.")
    keep: Keep = Field(default=Keep(), description="How much is kept on the host.")
    time_zone: TimeZone = Field(
        default="Asia/Seoul", description="Time zone of every service and every printed time; $TZ for other containers."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Config:
        faults = self._taken_twice()
        if self.compose and self.commands:
            faults.append("one runtime: both compose and commands")
        shares = [step.canary for step in self.steps]
        if shares != sorted(set(shares)):
            faults.append("shares that rise: steps " + ", ".join(step.percent for step in self.steps))
        names = [host.name for host in self.hosts]
        faults += [
            f"each host once: {name} stands twice in hosts" for name in sorted(set(names)) if names.count(name) > 1
        ]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _taken_twice(self) -> list[str]:
        taken = {self.nginx.status_port: "nginx.status_port"}
        faults = []
        for name, service in self.services.items():
            for slot, port in (("stable", service.stable), ("canary", service.canary)):
                key = f"services.{name}.{slot}"
                if port in taken:
                    faults.append(f"each port once: {port} is both {taken[port]} and {key}")
                taken.setdefault(port, key)
        return faults

    @property
    def runtime(self) -> Compose | Commands:
        """The configured runtime; Compose where none is named."""
        return self.commands or self.compose or Compose()

    @property
    def routes(self) -> tuple[Route, ...]:
        """The services as the router sees them."""
        return tuple(
            Route(name=name, stable_port=service.stable, canary_port=service.canary, health_path=service.health)
            for name, service in self.services.items()
        )

    def location(self, name: str) -> str:
        """The URL prefix of a service in the default site."""
        first = next(iter(self.services))
        return self.services[name].location or ("/" if name == first else f"/{name}/")

    @property
    def cookie(self) -> str:
        """Name of the sticky cookie."""
        return self.sticky.cookie or f"pycanary_{self.app.replace('-', '_')}"

    @property
    def http_part(self) -> str:
        """The generated file that http{} includes, relative to config_dir."""
        return self.nginx.http_part or f"conf.d/pycanary-{self.app}.conf"

    @property
    def site(self) -> str:
        """The site file, relative to config_dir."""
        return self.nginx.site or f"conf.d/{self.app}.conf"
