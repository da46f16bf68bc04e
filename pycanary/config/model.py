"""canary.yml as a model. The descriptions are the reference: `pycanary schema` and docs/canary-yml.md print them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from pycanary.model.slot import Slot
from pycanary.model.traffic import Route
from pycanary.model.weights import Weights, validate_percent


def _absolute(value: str) -> str:
    if not PurePosixPath(value).is_absolute() or ".." in PurePosixPath(value).parts:
        raise ValueError("an absolute path without '..'")
    return value.rstrip("/") or "/"


def _without_password(value: str) -> str:
    if re.match(r"[a-z+]+://[^/@]*:[^/@]*@", value):
        raise ValueError("an address without a password, which would be copied into records and logs")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("text without control characters")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error
    return value


def _step(value: object) -> Weights:
    return validate_percent(f"{value}%" if isinstance(value, int | float) else value)


Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$")]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_printable)]
AbsolutePath = Annotated[str, AfterValidator(_printable), AfterValidator(_absolute)]
UrlPath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~%!$&()*+,=:@/?-]*$")]
Pattern = Annotated[str, AfterValidator(_pattern)]
Step = Annotated[
    Weights,
    BeforeValidator(_step),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,2}(\.[0-9])? ?%$"},
                {"type": "number", "minimum": 0.1, "maximum": 99.9},
            ]
        }
    ),
]
Seconds = Annotated[int, Field(ge=0, le=86400, strict=True)]
PositiveSeconds = Annotated[int, Field(ge=1, le=86400, strict=True)]


class Section(BaseModel):
    """Frozen, and a key that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Host(Section):
    """One machine that runs the stack and its NGINX."""

    address: Text = Field(description="Host name or address, as SSH reaches it.")
    user: Text = Field(default="deploy", description="The deploy user on the host.")
    port: Port = Field(default=22, description="The port of its sshd.")
    jump: Text | None = Field(default=None, description="A jump host on the way, as user@address:port.")
    identity: Text | None = Field(default=None, description="Private key file; else the agent and the usual files.")
    credential: Text | None = Field(
        default=None, description="Jenkins credential (SSH key) of the deploy user; where bound, it wins over identity."
    )
    known_hosts: Text = Field(default="~/.ssh/known_hosts", description="Where the host's key must be known.")

    @property
    def name(self) -> str:
        """How messages name the host."""
        return self.address if self.port == 22 else f"{self.address}:{self.port}"


class Git(Section):
    """Where the application's commits come from."""

    remote: Annotated[Text, AfterValidator(_without_password)] = Field(
        description="The repository, as the host reaches it."
    )
    branch: Text = Field(default="develop", description="The branch whose pushes are deployed.")
    web: Annotated[Text, AfterValidator(_without_password)] | None = Field(
        default=None, description="Web address of the project, for links to commits."
    )


class Service(Section):
    """One program of the stack, listening on one port in each slot."""

    stable: Port = Field(description="Its port in the stable slot.")
    canary: Port = Field(description="Its port in the canary slot.")
    health: UrlPath = Field(default="/health", description="The path that answers 2xx when the service can work.")
    location: UrlPath | None = Field(
        default=None,
        description="URL prefix that the default site sends to it; '/' for the first service, else /NAME/.",
    )
    ready_log: Pattern | None = Field(
        default=None, description="A log line that says it is ready, accepted where the endpoint does not answer."
    )
    fatal_log: Pattern | None = Field(default=None, description="A log line after which waiting is of no use.")
    start_seconds: PositiveSeconds = Field(default=60, description="How long one try waits for it to become healthy.")
    answer_seconds: PositiveSeconds = Field(default=2, description="How long one health request may take.")


class Compose(Section):
    """Docker Compose as the runtime; the files are paths in the repository."""

    shared: Text | None = Field(default="compose.shared.yml", description="Stores, volumes and network; null: none.")
    stable: Text = Field(default="compose.stable.yml", description="The services of the stable slot.")
    canary: Text = Field(default="compose.canary.yml", description="The services of the canary slot.")
    images: Literal["build", "pull"] = Field(default="build", description="Build images on the host, or pull them.")
    build_seconds: PositiveSeconds = Field(default=1800, description="How long building or pulling may take.")

    def file(self, slot: Slot) -> str:
        """The Compose file of that slot."""
        return self.stable if slot is Slot.STABLE else self.canary


class Commands(Section):
    """The user's own commands as the runtime (systemd, scripts).

    Each runs by `sh` in the slot's checkout, once for each service where SERVICE is set; the environment has SLOT,
    SERVICE, PORT, COMMIT, ENV_FILE and TZ.
    """

    build: Text | None = Field(default=None, description="Runs once in the checkout, before anything is stopped.")
    start: Text = Field(description="Starts one service; must return once it is started.")
    stop: Text = Field(description="Stops one service and waits until it is gone; succeeds when it is not running.")
    running: Text = Field(description="Succeeds while the service runs.")
    logs: Text = Field(description="Prints the service's log.")
    build_seconds: PositiveSeconds = Field(default=1800, description="How long `build` may take.")
    stop_seconds: PositiveSeconds = Field(default=60, description="How long `start` or `stop` may take.")


class Nginx(Section):
    """The NGINX that splits the traffic, and how to call it."""

    config_dir: AbsolutePath = Field(default="/etc/nginx", description="Its configuration directory on the host.")
    config_dir_inside: AbsolutePath | None = Field(
        default=None, description="The same directory as NGINX in a container sees it; else config_dir."
    )
    http_part: Text | None = Field(
        default=None, description="Generated file that http{} includes, in config_dir; else conf.d/pycanary-APP.conf."
    )
    site: Text | None = Field(
        default=None, description="The site file in config_dir, made once and then yours; else conf.d/APP.conf."
    )
    server_name: Text = Field(default="_", description="Host name of the default site.")
    certificate: AbsolutePath | None = Field(default=None, description="TLS certificate of the default site.")
    certificate_key: AbsolutePath | None = Field(default=None, description="Key of that certificate.")
    http_port: Port = Field(default=80, description="Where the default site listens for HTTP.")
    https_port: Port = Field(default=443, description="Where it listens for HTTPS, once a certificate is named.")
    binary: Text = Field(default="nginx", description="The program, by name or path.")
    arguments: tuple[Text, ...] = Field(default=(), description="Arguments of every call, such as -c FILE.")
    sudo: bool = Field(default=False, description="Call it through `sudo -n`.")
    container: Text | None = Field(default=None, description="Call it by `docker exec` in this container.")
    status_port: Port = Field(default=8099, description="Loopback port on which the generation and probes answer.")

    @model_validator(mode="after")
    def _certificate_is_whole(self) -> Nginx:
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key together, or neither")
        return self


class Sticky(Section):
    """Whether a user stays on one slot, over all services, while the weights stand."""

    enabled: bool = Field(default=True, description="false: plain weighted round robin.")
    cookie: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")] | None = Field(
        default=None, description="First-party cookie with a random id; else pycanary_APP."
    )
    days: Annotated[int, Field(ge=1, le=400, strict=True)] = Field(default=30, description="How long the cookie lives.")


class Retry(Section):
    """Requests that NGINX takes for idempotent are retried on the other slot while both have users."""

    enabled: bool = Field(default=True, description="false: a failing answer goes to the user as it is.")
    seconds: PositiveSeconds = Field(default=3, description="How long after its start a request may still be retried.")
    asset_paths: tuple[UrlPath, ...] = Field(
        default=("/_next/static/",), description="Paths of hashed files, retried on 404 too."
    )


class Health(Section):
    """How patient health checks are."""

    tries: Annotated[int, Field(ge=1, le=10, strict=True)] = Field(
        default=3, description="Tries of start_seconds each."
    )
    bake_failures: Annotated[int, Field(ge=1, le=20, strict=True)] = Field(
        default=3, description="Failed checks in a row that end a bake; a container that exits ends it at once."
    )


class Lease(Section):
    """How long the host waits for a sign of life before it takes the deployer for dead."""

    running_seconds: PositiveSeconds = Field(default=60, description="While a stage runs.")
    between_seconds: PositiveSeconds = Field(default=300, description="Between two stages of a CI system.")


class Variable(Section):
    """Where the value of one environment variable comes from."""

    value: str | None = Field(default=None, description="The value itself, for what is no secret.")
    variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = Field(
        default=None, description="Variable in pycanary's own environment; else the same name."
    )
    file: Text | None = Field(
        default=None, description="A file, where pycanary runs, whose content is the value, less its last line break."
    )
    credential: Text | None = Field(default=None, description="Jenkins credential that the shared library binds.")
    kind: Literal["secret-text", "username", "password", "file", "ssh-key"] = Field(
        default="secret-text", description="What of the credential is the value."
    )
    required: bool = Field(default=True, description="false: left out where it has no value.")

    @model_validator(mode="after")
    def _one_source(self) -> Variable:
        if sum(source is not None for source in (self.value, self.variable, self.file)) > 1:
            raise ValueError("one of value, variable and file")
        return self


class EnvironmentFile(Section):
    """A whole .env file, from one Jenkins credential or a file; single variables win over its lines."""

    variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = Field(
        default="PYCANARY_ENV_FILE", description="Variable in pycanary's own environment that holds the file's path."
    )
    credential: Text | None = Field(default=None, description="Jenkins credential of kind file.")


class Mattermost(Section):
    """Where people are told."""

    variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = Field(
        default="MATTERMOST_URL", description="Environment variable that holds the incoming webhook's URL, a secret."
    )
    credential: Text | None = Field(default=None, description="Jenkins credential (secret text) that holds it.")
    channel: Text | None = Field(default=None, description="Channel, where it is not the webhook's own.")


class Keep(Section):
    """How much is kept on the host."""

    releases: Annotated[int, Field(ge=2, le=100, strict=True)] = Field(
        default=5, description="Releases whose images are kept."
    )
    backups: Annotated[int, Field(ge=1, le=1000, strict=True)] = Field(
        default=20, description="Backups of NGINX files."
    )
    runs: Annotated[int, Field(ge=1, le=10000, strict=True)] = Field(default=200, description="Run records.")


AWS_S3 = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_S3_BUCKET")
CLAUDE = ("ANTHROPIC_API_KEY",)


def _default_environment() -> dict[str, Variable]:
    return {name: Variable() for name in AWS_S3 + CLAUDE}


EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


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
        default="replace", description="What a push does while a canary is held: replace it, or keep it and skip."
    )
    lease: Lease = Field(default=Lease(), description="When a silent deployer is taken for dead.")
    environment: dict[EnvironmentName, Variable] = Field(
        default_factory=_default_environment,
        description="Variables of the containers; by default those of AWS S3 and Claude.",
    )
    environment_file: EnvironmentFile | None = Field(default=None, description="A whole .env file.")
    mattermost: Mattermost | None = Field(default=None, description="Where people are told.")
    keep: Keep = Field(default=Keep(), description="How much is kept on the host.")
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")] = Field(
        default="Asia/Seoul", description="Time zone of every container and every printed time."
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
