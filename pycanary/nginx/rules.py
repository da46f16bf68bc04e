"""What NGINX accepts but what would break or bend the split: rules over the whole configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pycanary.checks.finding import Finding
from pycanary.config.model import Config
from pycanary.model.traffic import Route
from pycanary.nginx.dump import Directive, includes, read_dump
from pycanary.nginx.names import Names
from pycanary.nginx.proxying import proxying
from pycanary.nginx.version import KEEPALIVE_MIN_TIMEOUT, Version, dotted

BALANCERS = frozenset({"least_conn", "ip_hash", "random", "least_time", "sticky", "ntlm"})


def rules(config: Config, routes: Iterable[Route], whole: str, version: Version) -> tuple[Finding, ...]:
    """Every finding over the text of `nginx -T`; before the first installation too, when the files are not there yet.

    routes: what should be served; canary.yml may name other ports since, which come with the next release.
    Raises StageFailed where the text cannot be read as a configuration.
    """
    main, names = read_dump(whole), Names.of(config)
    https = [child for child in main.children() if child.name == "http"]
    return (
        *_included(names, main, https),
        *(finding for http in https for finding in _definitions(tuple(routes), names, http)),
        *(finding for http in https for finding in _variables(names, http)),
        *proxying(config, https),
        *_advice(main, version),
    )


def _included(names: Names, main: Directive, https: list[Directive]) -> Iterator[Finding]:
    for subject, relative in (("generated file", names.http_part), ("site file", names.site)):
        path = names.for_nginx(relative)
        if any(includes(http, path, main.file) for http in https):
            yield Finding("ok", subject, f"http{{}} includes {path}")
        else:
            yield Finding(
                "error",
                subject,
                f"http{{}} does not include {path}",
                f"add `include {path};` to http{{}} in {main.file}",
            )


def _definitions(routes: tuple[Route, ...], names: Names, http: Directive) -> Iterator[Finding]:
    ours = {names.upstream(route.name): route for route in routes}
    ours |= {names.assets_upstream(route.name): route for route in routes}
    for upstream in (child for child in http.children() if child.name == "upstream"):
        route = ours.get(upstream.arguments[0])
        if route is None:
            continue
        subject = f"upstream {upstream.arguments[0]}"
        if upstream.file != names.for_nginx(names.http_part):
            yield Finding(
                "error",
                subject,
                f"defined at {upstream.where}, outside pycanary's file",
                "remove that definition; pycanary writes its own",
            )
        yield from _upstream(route, subject, upstream)


def _upstream(route: Route, subject: str, upstream: Directive) -> Iterator[Finding]:
    remedy = "run `pycanary deploy` again; it writes the file anew"
    servers = [child.arguments[0] for child in upstream.children() if child.name == "server"]
    planned = [f"127.0.0.1:{route.port(slot)}" for slot in route.servers]
    if servers != planned:
        found = f"servers {', '.join(servers)} instead of {', '.join(planned)} at {upstream.where}"
        yield Finding("error", subject, found, remedy)
    for child in upstream.children():
        if child.name in BALANCERS:
            yield Finding("error", subject, f"`{child.name}` at {child.where} overrides the weights", remedy)
        if child.name == "keepalive" and child.arguments != ("0",):
            found = f"`keepalive` at {child.where}: requests fail when the application closes a kept connection"
            yield Finding("warning", subject, found, remedy)


def _variables(names: Names, http: Directive) -> Iterator[Finding]:
    own = names.for_nginx(names.http_part)
    for child in http.children():
        if child.file == own:
            continue
        defined = child.arguments[-1] if child.name in {"map", "geo", "split_clients"} else ""
        if defined.lower().startswith(f"${names.prefix}_"):
            yield Finding(
                "error",
                f"variable {defined}",
                f"defined again at {child.where}; NGINX takes one of the two without a word",
                "rename that variable",
            )
        if child.name == "log_format" and child.arguments[:1] == (names.prefix,):
            yield Finding(
                "error", f"log format {names.prefix}", f"defined again at {child.where}", "rename that log format"
            )


def _advice(main: Directive, version: Version) -> Iterator[Finding]:
    if not any(child.name == "worker_shutdown_timeout" for child in main.children()):
        yield Finding(
            "advice",
            "worker_shutdown_timeout",
            "not set: long streams and WebSockets keep old workers, and so the routing before a shift, for hours",
            f"add `worker_shutdown_timeout 60s;` at the top of {main.file}",
        )
    if version < KEEPALIVE_MIN_TIMEOUT:
        yield Finding(
            "advice",
            "NGINX version",
            f"{dotted(version)} closes connections that clients are just using: each shift can cost busy keep-alive "
            "clients a request",
            f"use NGINX {dotted(KEEPALIVE_MIN_TIMEOUT)} or newer (nginx.org has packages), or add "
            "`keepalive_timeout 0;` to the site",
        )
