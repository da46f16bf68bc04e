"""Findings on NGINX: that it can be called, that its files can be written, that its configuration splits the users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from pycanary.checks.finding import Finding
from pycanary.checks.host_facts import HostFacts, Place
from pycanary.checks.ports import holder, taken
from pycanary.config.model import Config
from pycanary.errors import StageFailed
from pycanary.host.remedies import remedy
from pycanary.model.traffic import Traffic
from pycanary.nginx.dump import Directive, read_dump
from pycanary.nginx.facts import NginxFacts
from pycanary.nginx.names import Names
from pycanary.nginx.rules import rules
from pycanary.nginx.version import Version, dotted

OLDEST_NGINX: Version = (1, 18, 0)


def nginx(config: Config, facts: HostFacts, found: NginxFacts, traffic: Traffic | None = None) -> Iterator[Finding]:
    """Everything that is known of one host's NGINX. traffic: what it should serve, where anything was deployed."""
    yield from _called(found)
    yield from _rights(config, facts, found)
    yield from container(config, facts)
    if found.version is None or not found.whole:
        return
    try:
        main = read_dump(found.whole)
        yield from rules(config, traffic.routes if traffic else config.routes, found.whole, found.version)
    except StageFailed as error:
        where = f"{error.where}: " if error.where else ""
        yield Finding("error", "NGINX configuration", f"{where}{error.found}", error.remedy or "report that file")
        return
    if not found.has_site:
        yield from first_site(config, facts, main)


def _called(found: NginxFacts) -> Iterator[Finding]:
    if not found.version_text:
        yield Finding("error", "NGINX", f"cannot be called: {found.words}", found.remedy)
        return
    version = found.version
    if version is None:
        yield Finding("error", "NGINX", f"no version in {found.version_text!r}", "is nginx.binary an NGINX?")
    elif version < OLDEST_NGINX:
        yield Finding("error", "NGINX", f"version {dotted(version)}", "install NGINX 1.18 or newer")
    if found.fault:
        yield Finding("error", "NGINX", f"`nginx -t` fails:\n{found.words}", found.remedy)
    elif found.runs is False:
        yield Finding("error", "NGINX", "does not run", remedy("nginx-stopped"))
    elif version:
        state = "runs" if found.runs else "may run (its process id cannot be read)"
        yield Finding("ok", "NGINX", f"{dotted(version)} {state}, its configuration is valid")


def _rights(config: Config, facts: HostFacts, found: NginxFacts) -> Iterator[Finding]:
    if facts.reload == "no":
        yield Finding("error", "NGINX", f"{facts.user} may not reload it", remedy("nginx-rights"))
    closed = {place.path: place for place in facts.places if place.name == "nginx" and not place.writable}
    if not found.has_site:
        closed |= {place.path: place for place in facts.places if place.name == "site" and not place.writable}
    for place in closed.values():
        words = f"{facts.user} may not write in {place.nearest}"
        if place.nearest != place.path:
            words += f", where {place.path} is to be made"
        yield Finding(
            "error", "NGINX files", words, f"{_give(config, facts.user, place)}; docs/host.md has more on that"
        )
    for name in found.unreadable:
        if name != "site":
            words = f"{facts.user} may not read the generated {name} file"
            yield Finding("error", "NGINX files", words, f"`sudo chown {facts.user}` that file")
    if not closed and facts.places:
        yield Finding("ok", "NGINX files", f"{facts.user} may write below {config.nginx.config_dir}")


def _give(config: Config, user: str, place: Place) -> str:
    """The directory of the snippets is pycanary's own; any other stays its owner's, and the user's group may write."""
    names = Names.of(config)
    if place.path == str(PurePosixPath(names.on_host(names.proxy_snippet)).parent):
        return f"`sudo install -d -o {user} -m 755 {place.path}`"
    if place.nearest != place.path:
        return f"`sudo install -d -g {user} -m 2775 {place.path}`"
    return f"`sudo chgrp {user} {place.path} && sudo chmod 2775 {place.path}`"


def container(config: Config, facts: HostFacts) -> Iterator[Finding]:
    """An NGINX in a container must see the host's loopback and the host's files, by directory."""
    if not facts.network:
        return
    name = config.nginx.container
    if facts.network != "host":
        yield Finding(
            "error",
            "NGINX container",
            f"{name} is on the network {facts.network}: its 127.0.0.1 is not the host's, where the services listen",
            f"give {name} `network_mode: host` and re-create it",
        )
    names = Names.of(config)
    for relative in dict.fromkeys((names.http_part, names.proxy_snippet, names.site)):
        yield from _mounted(names, relative, facts.mounts)


def _mounted(names: Names, relative: str, mounts: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    inside, host = PurePosixPath(names.for_nginx(relative)), PurePosixPath(names.on_host(relative))
    covering = [(source, target) for source, target in mounts if inside.is_relative_to(target)]
    remedy_ = f"mount the directory: `{host.parent}:{inside.parent}:ro`"
    if not covering:
        yield Finding("error", "NGINX container", f"{inside} is in no mount: it would never see that file", remedy_)
        return
    source, target = max(covering, key=lambda mount: len(mount[1]))
    if str(inside) == target:
        found = f"{inside} is mounted as a single file: it goes on seeing the old one when that is replaced"
        yield Finding("error", "NGINX container", found, remedy_)
    elif PurePosixPath(source) / inside.relative_to(target) != host:
        found = f"{inside} is {PurePosixPath(source) / inside.relative_to(target)} on the host, and not {host}"
        yield Finding("error", "NGINX container", found, "correct nginx.config_dir and nginx.config_dir_inside")


def first_site(config: Config, facts: HostFacts, main: Directive) -> Iterator[Finding]:
    """Whether the default site, which the first deployment makes, will find its ports."""
    listening = list(_listens(main))
    port = config.nginx.https_port if config.nginx.certificate else config.nginx.http_port
    wanted = {config.nginx.http_port, port}
    for each in sorted(wanted):
        here = [listen for listen in listening if _port(listen) == each]
        listener = taken(facts, each)
        if listener is not None and not here and listener.program not in ("", "nginx"):
            yield Finding(
                "error",
                f"port {each}",
                f"of the site is taken by {holder(facts, listener)}",
                "stop that, or set nginx.http_port or nginx.https_port",
            )
        everywhere = [listen for listen in here if listen.arguments[0] in (f"{each}", f"*:{each}", f"0.0.0.0:{each}")]
        default = next((listen for listen in everywhere if "default_server" in listen.arguments), None)
        if default is not None and config.nginx.server_name == "_":
            yield Finding(
                "error",
                f"port {each}",
                f"has another default server at {default.where}, and the site for any name must be the default",
                "set nginx.server_name to the site's host name, or remove that server (on Debian: "
                "`sudo rm /etc/nginx/sites-enabled/default`)",
            )


def _listens(block: Directive) -> Iterator[Directive]:
    for child in block.children():
        if child.name == "listen":
            yield child
        elif child.block:
            yield from _listens(child)


def _port(listen: Directive) -> int | None:
    address, _, port = listen.arguments[0].rpartition(":")
    if address.startswith("unix"):
        return None
    return int(port) if port.isdigit() else 80  # an address alone
