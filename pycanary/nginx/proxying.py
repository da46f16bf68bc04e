"""Rules on the locations that send requests to the application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pycanary.checks.finding import Finding
from pycanary.config.model import Config
from pycanary.nginx.dump import Directive, read_dump
from pycanary.nginx.names import Names

LOST_IN_LOCATION = frozenset({"add_header", "proxy_set_header"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Pass:
    """A proxy_pass with the blocks around it, from http{} inwards."""

    directive: Directive
    around: tuple[Directive, ...]

    @property
    def target(self) -> str:
        """Upstream name or address with port."""
        return urlsplit(self.directive.arguments[0]).netloc

    @property
    def location(self) -> str:
        """For people: the innermost location and its place."""
        block = self.around[-1]
        return f"{block.name} {' '.join(block.arguments)}".strip() + f" ({block.where})"


def proxying(config: Config, https: list[Directive]) -> Iterator[Finding]:
    """Findings on each location that proxies to the application, and on services that none proxies to."""
    names = Names.of(config)
    own = names.for_nginx(names.http_part)
    passes = [each for http in https for each in _passes(http, ()) if each.directive.file != own]
    site_is_there = any(_from(http, names.for_nginx(names.site)) for http in https)
    for service in config.services:
        found = [each for each in passes if each.target == names.upstream(service)]
        made = any(child.arguments[:1] == (names.upstream(service),) for http in https for child in http.children())
        yield _reached(names, service, found, made if site_is_there else None)
        for each in passes:
            if each.target in (names.upstream(service), names.assets_upstream(service)):
                yield from _includes_snippet(names, each)
        yield from _assets_go_out(names, service, found)
    yield from _bypasses(config, names, passes)


def proxied(names: Names, whole: str) -> dict[str, str]:
    """Where the text of `nginx -T` has a location that proxies to an upstream of the application, by upstream."""
    main, own = read_dump(whole), names.for_nginx(names.http_part)
    passes = [each for child in main.children() if child.name == "http" for each in _passes(child, ())]
    return {each.target: each.location for each in passes if each.directive.file != own}


def _reached(names: Names, service: str, found: list[Pass], upstream_is_there: bool | None) -> Finding:
    upstream = names.upstream(service)
    if found:
        return Finding("ok", f"service {service}", f"{', '.join(each.location for each in found)} -> {upstream}")
    if upstream_is_there is None:
        return Finding("ok", f"service {service}", f"the site {names.site} is made by the first deployment")
    first = "" if upstream_is_there else "run `pycanary deploy` once, which makes that upstream and stops here; then "
    return Finding(
        "error",
        f"service {service}",
        f"no location proxies to {upstream}",
        f"{first}add a location with `include {names.for_nginx(names.proxy_snippet)};` and "
        f"`proxy_pass http://{upstream};` to {names.for_nginx(names.site)}",
    )


def _assets_go_out(names: Names, service: str, found: list[Pass]) -> Iterator[Finding]:
    for each in found:
        if _has_itself(each.around[-1], PurePosixPath(names.assets_snippet).name):
            yield Finding(
                "warning",
                each.location,
                "a page that is open when its release goes out will not find its hashed files here",
                f"use `proxy_pass http://{names.assets_upstream(service)};`",
            )


def _includes_snippet(names: Names, each: Pass) -> Iterator[Finding]:
    snippets = {PurePosixPath(path).name for path in (names.proxy_snippet, names.assets_snippet)}
    depth = next((depth for depth, block in reversed(list(enumerate(each.around))) if _has(block, snippets)), None)
    remedy = f"add `include {names.for_nginx(names.proxy_snippet)};` beside that proxy_pass"
    if depth is None:
        found = "does not include the snippet: no retry, no cookie, and the application does not see the user's address"
        yield Finding("error", each.location, found, remedy)
        return
    for block in each.around[depth + 1 :]:
        for child in block.children():
            if child.name in LOST_IN_LOCATION:
                found = f"`{child.name}` at {child.where} drops what the snippet further out sets"
                yield Finding("error", each.location, found, remedy)
                return
    yield from _dropped(each, depth, snippets)


def _dropped(each: Pass, depth: int, snippets: set[str]) -> Iterator[Finding]:
    for name in sorted(LOST_IN_LOCATION):
        outer = [child for block in each.around[:depth] for child in block.children() if child.name == name]
        if outer:
            yield Finding(
                "warning",
                each.location,
                f"`{name} {outer[0].arguments[0]}` at {outer[0].where} is dropped here, since the snippet has its own",
                "repeat it in the location",
            )


def _bypasses(config: Config, names: Names, passes: list[Pass]) -> Iterator[Finding]:
    ports = {route.stable_port: route.name for route in config.routes}
    ports |= {route.canary_port: route.name for route in config.routes}
    for each in passes:
        host, _, port = each.target.rpartition(":")
        if host.strip("[]") in LOOPBACK and port.isdigit() and int(port) in ports:
            service = ports[int(port)]
            yield Finding(
                "warning",
                each.location,
                f"proxies straight to {each.target}, past the weights of {service}",
                f"use `proxy_pass http://{names.upstream(service)};`",
            )


def _passes(block: Directive, around: tuple[Directive, ...]) -> Iterator[Pass]:
    inside = (*around, block)
    for child in block.children():
        if child.name == "proxy_pass":
            yield Pass(child, inside)
        elif child.block:
            yield from _passes(child, inside)


def _has(block: Directive, snippets: set[str]) -> bool:
    return any(
        child.name == "include" and (PurePosixPath(child.arguments[0]).name in snippets or _has(child, snippets))
        for child in block.block
    )


def _has_itself(block: Directive, snippet: str) -> bool:
    return any(child.name == "include" and PurePosixPath(child.arguments[0]).name == snippet for child in block.block)


def _from(block: Directive, path: str) -> bool:
    return any(child.file == path or _from(child, path) for child in block.block)
