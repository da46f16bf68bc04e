"""The default site: made once where there is none, and the user's from then on."""

from __future__ import annotations

from dataclasses import dataclass

from pycanary import resource
from pycanary.config.model import Config
from pycanary.nginx.names import Names
from pycanary.nginx.quote import word
from pycanary.nginx.version import HTTP2_DIRECTIVE, Version


@dataclass(frozen=True)
class Location:
    """One location of the site: its prefix, the upstream behind it, the snippet that it includes."""

    prefix: str
    upstream: str
    snippet: str  # as NGINX sees it


def render_site(config: Config, version: Version) -> str:
    """The text of the default site for an NGINX of that version."""
    nginx, names = config.nginx, Names.of(config)
    return resource.render(
        "nginx/site.conf.j2",
        app=config.app,
        nginx=nginx,
        word=word,
        server_name=" ".join(word(name) for name in nginx.server_name.split()),
        log_format=names.prefix,
        # A site for any name must be the default, or another default takes its requests without a word.
        default=" default_server" if nginx.server_name == "_" else "",
        http2_directive=version >= HTTP2_DIRECTIVE,
        https_suffix="" if nginx.https_port == 443 else f":{nginx.https_port}",
        locations=locations(config),
    )


def locations(config: Config) -> tuple[Location, ...]:
    """One location for each service, then one for each path of hashed files."""
    names = Names.of(config)
    proxy, assets = names.for_nginx(names.proxy_snippet), names.for_nginx(names.assets_snippet)
    return (
        *(Location(config.location(service), names.upstream(service), proxy) for service in config.services),
        *(Location(path, names.assets_upstream(service), assets) for path, service in asset_owners(config).items()),
    )


def asset_owners(config: Config) -> dict[str, str]:
    """The service of each path of hashed files: the one whose location is its longest prefix."""
    prefixes = {config.location(service): service for service in config.services}
    owners = {}
    for path in config.retry.asset_paths:
        found = [prefix for prefix in prefixes if path.startswith(prefix)]
        if found and path not in prefixes:
            owners[path] = prefixes[max(found, key=len)]
    return owners
