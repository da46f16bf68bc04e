"""What a host is and has, asked in one round trip; the findings on it are pure functions beside this file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pycanary.config.model import Config
from pycanary.config.sections import Commands
from pycanary.host.layout import Layout
from pycanary.host.script import Script, Value
from pycanary.nginx.call import call, docker
from pycanary.nginx.names import Names
from pycanary.nginx.shift import status_values

CHECK_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """A directory that a deployment writes to. nearest: itself, or the first directory above it that exists."""

    name: str
    path: str
    writable: bool
    nearest: str


@dataclass(frozen=True)
class Space:
    """A file system below one of our places. unit: "KiB" or "inodes"; a total of 0 is a file system without a limit."""

    name: str
    unit: str
    total: int
    free: int
    mounted_at: str


@dataclass(frozen=True)
class Listener:
    """What listens on a TCP port. program and pid are empty where the deploy user may not see them."""

    port: int
    program: str = ""
    pid: str = ""


@dataclass(frozen=True)
class Container:
    """A running container: its Compose project, its name, the host ports that it publishes, its networks ("host")."""

    project: str
    name: str
    ports: tuple[int, ...]
    networks: str = ""


@dataclass(frozen=True)
class HostFacts:
    """One host's answer. Texts are what programs there said; empty where they are missing."""

    clock: int = 0  # seconds since 1970
    script_seconds: float | None = None  # None: /proc/uptime cannot be read
    boot_id: bool = True
    user: str = ""
    kill_user_processes: bool = False
    linger: bool = False
    missing: tuple[str, ...] = ()  # programs
    git: str = ""
    curl: str = ""
    remote: str | None = None  # "ok", or KIND:SENTENCE of git.sh; None: not asked
    branches: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    open_to_others: bool = False  # the application's directory
    space: tuple[Space, ...] = ()
    listeners: tuple[Listener, ...] = ()
    status_answer: str = ""
    docker: tuple[str, str] | None = None  # "ok", "failed" or "missing", and the version or the reason; None: not asked
    compose: str = ""
    containers: tuple[Container, ...] = ()
    network: str = ""  # of the container that NGINX runs in
    mounts: tuple[tuple[str, str], ...] = ()  # of that container: source on the host, destination inside
    reload: str = "unknown"  # "yes", "no": whether the deploy user may reload NGINX


def host_facts(config: Config) -> Script:
    """Ask a host for everything that `read_host_facts` reads; changes nothing there."""
    nginx = config.nginx
    values: dict[str, Value] = {
        **status_values(config),
        "ROOT": config.path,
        "CLONE": Layout.of(config).clone,
        "REMOTE": config.git.remote,
        "DIRECTORIES": "\n".join(f"{name} {path}" for name, path in directories(config)),
        "WITH_DOCKER": needs_docker(config),
        "CONTAINER": nginx.container or "",
        "DOCKER": docker(nginx),
        "RELOAD": f"{call(nginx.model_copy(update={'sudo': False}))} -s reload",
        "SUDO": nginx.sudo,
    }
    return Script("check", values, CHECK_SECONDS, libraries=("nginx_lib", "git"))


def needs_docker(config: Config) -> bool:
    """Whether anything of the application runs in containers that pycanary talks to."""
    return not isinstance(config.runtime, Commands) or config.nginx.container is not None


def directories(config: Config) -> tuple[tuple[str, str], ...]:
    """The directories that a deployment writes to, with their names in the output of the script."""
    layout, names = Layout.of(config), Names.of(config)
    ours = (layout.root, layout.state, layout.backups, f"{layout.root}/environment")
    generated = {_parent(names.on_host(relative)): "nginx" for relative in (names.http_part, names.proxy_snippet)}
    site = {_parent(names.on_host(names.site)): "site"}
    return (*(("path", path) for path in ours), *((name, path) for path, name in (site | generated).items()))


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def read_host_facts(output: str) -> HostFacts:
    """What the script of `host_facts` printed, as data."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for line in output.splitlines():
        name, *values = line.split("\t")
        found[name].append([*values, *[""] * (4 - len(values))])

    def first(name: str, position: int = 0) -> str:
        return found[name][0][position] if found[name] else ""

    return HostFacts(
        clock=int(first("begun") or 0),
        script_seconds=_between(first("begun", 1), first("ended")),
        boot_id=bool(found["boot"]),
        user=first("user"),
        kill_user_processes=first("logind").rpartition(" ")[2].lower() in ("yes", "true", "on", "1"),
        linger=first("logind", 1) == "yes",
        missing=tuple(values[0] for values in found["missing"]),
        git=first("git"),
        curl=first("curl"),
        remote=first("remote") if found["remote"] else None,
        branches=tuple(values[0] for values in found["branch"]),
        places=tuple(Place(name, path, may == "yes", real) for name, path, may, real in found["place"]),
        open_to_others=bool(found["open"]),
        space=tuple(_space("KiB", found["space"]) + _space("inodes", found["inodes"])),
        listeners=tuple([_ss(*values[:2]) for values in found["ss"]] + [_tcp(values[0]) for values in found["tcp"]]),
        status_answer=first("status"),
        docker=(first("docker"), first("docker", 1)) if found["docker"] else None,
        compose=first("compose"),
        containers=tuple(
            Container(project, name, _published(listed), networks)
            for project, name, listed, networks in found["container"]
        ),
        network=first("network"),
        mounts=tuple((values[0], values[1]) for values in found["mount"]),
        reload=first("reload") or "unknown",
    )


def _between(begun: str, ended: str) -> float | None:
    try:
        return float(ended) - float(begun)
    except ValueError:
        return None


def _space(unit: str, lines: list[list[str]]) -> list[Space]:
    return [
        Space(name, unit, int(total), int(free), mount)
        for name, total, free, mount in lines
        if total.isdigit() and free.isdigit()
    ]


def _ss(address: str, users: str) -> Listener:
    """From `ss -ltnp`: "127.0.0.1:3001" or "[::]:80", and `(("nginx",pid=12,fd=6))`."""
    program = users.partition('("')[2].partition('"')[0]
    pid = users.partition("pid=")[2].partition(",")[0]
    return Listener(int(address.rpartition(":")[2]), program, pid)


def _tcp(address: str) -> Listener:
    """From /proc/net/tcp: the port is hexadecimal."""
    return Listener(int(address.rpartition(":")[2], 16))


def _published(text: str) -> tuple[int, ...]:
    """From `docker ps`: "127.0.0.1:3001->3001/tcp, 9000/tcp, 0.0.0.0:8000-8002->8000-8002/tcp"."""
    ports: list[int] = []
    for each in text.split(", "):
        host, arrow, _ = each.partition("->")
        low, _, high = host.rpartition(":")[2].partition("-")
        if arrow and low.isdigit():
            ports += range(int(low), int(high or low) + 1)
    return tuple(dict.fromkeys(ports))
