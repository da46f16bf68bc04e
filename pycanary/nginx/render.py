"""From a configuration and the wanted traffic to the text of the generated NGINX files."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from pycanary import resource
from pycanary.config.model import Config
from pycanary.errors import UsageError
from pycanary.model.slot import Slot
from pycanary.model.traffic import Traffic
from pycanary.nginx.names import Names
from pycanary.nginx.quote import word
from pycanary.nginx.site import asset_owners
from pycanary.nginx.version import KEEPALIVE_MIN_TIMEOUT, UPSTREAM_KEEPALIVE_DEFAULT, Version

DAY_SECONDS = 86400
FAILURES = "error timeout http_500 http_502 http_503 http_504"


@dataclass(frozen=True)
class Files:
    """The text of each generated file; fingerprint: digest of the first three, which the status server answers."""

    http: str
    proxy: str
    assets: str
    alone: str
    fingerprint: str


def render(config: Config, traffic: Traffic, version: Version) -> Files:
    """The files that make an NGINX of that version serve this traffic.

    Raises UsageError for a salt that NGINX's quoting cannot hold.
    """
    proxy = _snippet(config, version, FAILURES if traffic.out is None else "")
    assets = _snippet(config, version, f"{FAILURES} http_404")
    unmarked = _http(config, traffic, version, fingerprint="")
    fingerprint = hashlib.sha256("\0".join((unmarked, proxy, assets)).encode()).hexdigest()[:12]
    http = _http(config, traffic, version, fingerprint=fingerprint)
    return Files(http=http, proxy=proxy, assets=assets, alone=_alone(config, traffic), fingerprint=fingerprint)


def answer(config: Config, traffic: Traffic, files: Files) -> str:
    """What the status server answers at /generation once these files are loaded."""
    return f"{config.app} {traffic.generation} {files.fingerprint}"


def _http(config: Config, traffic: Traffic, version: Version, *, fingerprint: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._#@:/-]*", traffic.salt):
        raise UsageError(
            f"salt {traffic.salt!r} does not fit in NGINX's quotes", expected="letters, digits and ._#@:/-"
        )
    names = Names.of(config)
    weights = {name: each.model_dump() for name, each in traffic.weights.items()}
    return resource.render(
        "nginx/http.conf.j2",
        names=names,
        prefix=names.prefix,
        traffic=traffic,
        stable=Slot.STABLE,
        canary=Slot.CANARY,
        fingerprint=fingerprint,
        weights_json=json.dumps(
            {"app": config.app, "generation": traffic.generation, "weights": weights, "out": traffic.out},
            separators=(",", ":"),
        ),
        health={route.name: _uri(route.health_path) for route in traffic.routes},
        # The site may still ask for the files of a service that canary.yml names no more.
        with_assets={*asset_owners(config).values(), *(each for each in weights if each not in config.services)},
        sticky=config.sticky.enabled,
        cookie=config.cookie,
        cookie_seconds=config.sticky.days * DAY_SECONDS,
        status_port=config.nginx.status_port,
        close_upstreams=version >= UPSTREAM_KEEPALIVE_DEFAULT,
    )


def _snippet(config: Config, version: Version, failures: str) -> str:
    return resource.render(
        "nginx/proxy.conf.j2",
        app=config.app,
        prefix=Names.of(config).prefix,
        failures=failures if config.retry.enabled else "",
        retry_seconds=config.retry.seconds,
        sticky=config.sticky.enabled,
        keep_clients=version >= KEEPALIVE_MIN_TIMEOUT,
    )


def _alone(config: Config, traffic: Traffic) -> str:
    names = Names.of(config)
    staging = names.for_nginx(names.staging)
    return resource.render(
        "nginx/alone.conf.j2",
        word=word,
        staging=staging,
        # The directory of a container is often mounted read-only.
        temporary=f"/tmp/pycanary-{config.app}-" if config.nginx.container else f"{staging}/temp-",  # noqa: S108
        upstream=names.upstream(traffic.routes[0].name),
        status_port=config.nginx.status_port,
    )


def _uri(path: str) -> str:
    return path.replace("$", "%24")  # NGINX knows no way to escape a dollar sign
