"""The one step that changes what NGINX serves.

It raises LeaseLost when another run took over, else HostFailed with one of these kinds; in each but the last, files and
NGINX are as they were found: `busy`, `write` (rights or space), `tool` (no curl, no NGINX), `nginx-rights`,
`nginx-stopped`, `nginx-broken-before` (the configuration was invalid before, and the new files do not mend it),
`nginx-refused` (it is invalid with the new files), `nginx-not-loaded` (a reload did not take within 10 s), `nginx-torn`
(a file could not be put back; the sentence names it).
"""

from __future__ import annotations

from pycanary.config.model import Config
from pycanary.config.recorded import config_of
from pycanary.config.sections import Service
from pycanary.host.layout import Layout
from pycanary.host.script import Script, Value
from pycanary.model.slot import Slot
from pycanary.model.traffic import Route, Traffic
from pycanary.nginx.call import call, call_alone
from pycanary.nginx.names import Names
from pycanary.nginx.render import answer, render
from pycanary.nginx.site import render_site
from pycanary.nginx.version import Version
from pycanary.run.router import Phase
from pycanary.state.model import HostState

LIBRARIES = ("nginx_lib",)
TIMEOUT_SECONDS = 90  # two reloads of at most 10 s, four tests, and a name server that is slow


def shift(
    config: Config,
    traffic: Traffic,
    version: Version,
    *,
    state_json: str,
    run: str,
    phase: Phase = "commit",
    watchdog: str = "",
) -> Script:
    """Make NGINX serve this traffic and write state_json, or leave everything as it was.

    `prepare` tests all of it on the host and changes nothing; with several hosts it runs everywhere before
    `commit-prepared`, which leaves the tests out: NGINX itself refuses to load what somebody broke in between.
    `commit` stands alone. Repeating a shift that was done changes nothing. watchdog: the script that a running
    watchdog goes on with; an empty one ends it.
    """
    values = _values(config, traffic, version, state_json=state_json, run=run, phase=phase)
    return Script("shift", {**values, "WATCHDOG": watchdog}, TIMEOUT_SECONDS, libraries=LIBRARIES)


def install(
    config: Config, traffic: Traffic, version: Version, *, state_json: str, run: str, watchdog: str = ""
) -> Script:
    """The same for the stage that prepares NGINX: makes the site where there is none, and keeps backups."""
    values = _values(config, traffic, version, state_json=state_json, run=run, phase="commit")
    layout = Layout.of(config)
    made = {"SITE": render_site(config, version), "BACKUPS": f"{layout.backups}/nginx", "WATCHDOG": watchdog}
    return Script("shift", {**values, **made}, TIMEOUT_SECONDS, libraries=LIBRARIES)


def watchdog(config: Config, state: HostState, *, run: str, record: str) -> Script:
    """What the host does by itself when the run's lease runs out: the shift to state.traffic, if its slot is healthy.

    state and record: what is written down then.
    """
    if state.traffic is None:
        raise AssertionError("a watchdog needs traffic to go back to")
    serving = state.traffic.serving
    services = config_of(config, state.slots.get(serving)).services
    routes = [route for route in state.traffic.routes if serving in route.slots]
    health = "\n".join(_asked(route, serving, services.get(route.name)) for route in routes)
    text, version = state.to_json(), state.nginx_version
    values = _values(config, state.traffic, version, state_json=text, run=run, phase="commit")
    return Script("watchdog", {**values, "HEALTH": health, "RECORD": record}, libraries=(*LIBRARIES, "shift"))


def _asked(route: Route, slot: Slot, service: Service | None) -> str:
    """How a service of the slot is asked for its health, in one line; service: None where canary.yml has it no more."""
    if service is None:
        service = Service(stable=route.stable_port, canary=route.canary_port, health=route.health_path)
    other = route.port(slot.other) if service.ready_log else "-"
    return f"{route.port(slot)} {service.answer_seconds} {other} {service.health}"


def status_values(config: Config) -> dict[str, Value]:
    """What nginx_lib.sh reads."""
    return {
        "NGINX": call(config.nginx),
        "STATUS_PORT": config.nginx.status_port,
        "STATUS_HOST": Names.of(config).status_server,
    }


def _values(
    config: Config, traffic: Traffic, version: Version, *, state_json: str, run: str, phase: Phase
) -> dict[str, Value]:
    names, layout, files = Names.of(config), Layout.of(config), render(config, traffic, version)
    return {
        "STATE": layout.state,
        "RUN": run,
        **status_values(config),
        "NGINX_ALONE": call_alone(config.nginx, names.for_nginx(f"{names.staging}/alone.conf"), version),
        "STAGE": names.on_host(names.staging),
        "HTTP": files.http,
        "PROXY": files.proxy,
        "ASSETS": files.assets,
        "ALONE": files.alone,
        "SITE": "",
        "HTTP_FILE": names.on_host(names.http_part),
        "PROXY_FILE": names.on_host(names.proxy_snippet),
        "ASSETS_FILE": names.on_host(names.assets_snippet),
        "SITE_FILE": names.on_host(names.site),
        "WANTED": answer(config, traffic, files),
        "STATE_JSON": state_json,
        "PHASE": phase,
        "BACKUPS": "",
        "KEEP_BACKUPS": config.keep.backups,
    }
