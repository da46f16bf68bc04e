"""The sections of canary.yml. Their descriptions are the reference, which `schema` and docs/canary-yml.md print."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from pycanary.config.fields import (
    AbsolutePath,
    CookieName,
    EnvironmentName,
    LocalFile,
    Pattern,
    Port,
    PositiveSeconds,
    Section,
    Text,
    UrlPath,
    without_password,
)
from pycanary.model.slot import Slot


class Host(Section):
    """One machine that runs the stack and its NGINX."""

    address: Text = Field(description="Host name or address, as SSH reaches it.")
    user: Text = Field(default="deploy", description="The deploy user on the host.")
    port: Port = Field(default=22, description="The port of its sshd.")
    jump: Text | None = Field(default=None, description="A jump host on the way, as user@address:port.")
    identity: LocalFile | None = Field(
        default=None, description="Private key file, relative to canary.yml; else the agent and the usual files."
    )
    credential: Text | None = Field(
        default=None, description="Jenkins credential (SSH key) of the deploy user; where bound, it wins over identity."
    )
    known_hosts: LocalFile = Field(
        default="~/.ssh/known_hosts", description="File in which the host's key must be known, relative to canary.yml."
    )

    @property
    def name(self) -> str:
        """How messages name the host."""
        return self.address if self.port == 22 else f"{self.address}:{self.port}"


class Git(Section):
    """Where the application's commits come from."""

    remote: Annotated[Text, AfterValidator(without_password)] = Field(
        description="The repository, as the host reaches it."
    )
    branch: Text = Field(default="develop", description="The branch whose pushes are deployed.")
    web: Annotated[Text, AfterValidator(without_password)] | None = Field(
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

    build: Text | None = Field(
        default=None,
        description="Runs once in source/, before anything is stopped; puts its result where `start` finds it.",
    )
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
    cookie: CookieName | None = Field(
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

    # Its keeper looks every half second and renews six times a lease: below this, a slow answer would end a deployment.
    running_seconds: Annotated[int, Field(ge=3, le=86400, strict=True)] = Field(
        default=60, description="While a stage runs."
    )
    between_seconds: PositiveSeconds = Field(default=300, description="Between two stages of a CI system.")


class Variable(Section):
    """Where the value of one environment variable comes from."""

    value: str | None = Field(default=None, description="The value itself, for what is no secret.")
    variable: EnvironmentName | None = Field(
        default=None, description="Variable in pycanary's own environment; else the same name."
    )
    file: LocalFile | None = Field(
        default=None,
        description="A file, relative to canary.yml, whose content is the value, less its last line break.",
    )
    credential: Text | None = Field(default=None, description="Jenkins credential that the shared library binds.")
    kind: Literal["secret-text", "username", "password", "file"] = Field(
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

    variable: EnvironmentName = Field(
        default="PYCANARY_ENV_FILE", description="Variable in pycanary's own environment that holds the file's path."
    )
    credential: Text | None = Field(default=None, description="Jenkins credential of kind file.")


class Mattermost(Section):
    """Where people are told."""

    variable: EnvironmentName = Field(
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
