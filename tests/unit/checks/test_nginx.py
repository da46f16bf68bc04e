"""NGINX: that it can be called, its files written, its container seen through, its ports had."""

from __future__ import annotations

import pytest

from pycanary.checks.host_facts import HostFacts, Listener, Place
from pycanary.checks.nginx import container, nginx
from pycanary.nginx.facts import NginxFacts
from tests.unit.checks.samples import WELL, config, host, told

RIGHTS = "let the deploy user call NGINX and write its files: docs/host.md has the exact lines"
WRITABLE = "ok NGINX files: deploy may write below /etc/nginx"
V122 = "nginx version: nginx/1.22.1"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (NginxFacts(V122, runs=True), "ok NGINX: 1.22.1 runs, its configuration is valid"),
        (
            NginxFacts(V122, runs=None),
            "ok NGINX: 1.22.1 may run (its process id cannot be read), its configuration is valid",
        ),
        (
            NginxFacts(V122, runs=False),
            "error NGINX: does not run -> start NGINX on the host (`systemctl start nginx`); nothing was changed",
        ),
        (
            NginxFacts(fault="tool", words="sh: nginx: not found"),
            "error NGINX: cannot be called: sh: nginx: not found -> install the named program on the host;"
            " `pycanary check` lists all that is needed",
        ),
        (
            NginxFacts(fault="nginx-rights", words="sudo: a password is required"),
            f"error NGINX: cannot be called: sudo: a password is required -> {RIGHTS}",
        ),
        (
            NginxFacts(V122, fault="refused", words='[emerg] unknown directive "x"'),
            'error NGINX: `nginx -t` fails:\n[emerg] unknown directive "x" -> mend the NGINX configuration first'
            " (`nginx -t` on the host); nothing was changed",
        ),
    ],
)
def test_nginx_can_be_called_runs_and_is_valid(found: NginxFacts, expected: str) -> None:
    assert [told(each) for each in nginx(config(), WELL, found)] == [expected, WRITABLE]


def test_an_nginx_before_1_18_is_too_old() -> None:
    first, *_ = nginx(config(), WELL, NginxFacts("nginx version: nginx/1.14.2", runs=True))
    assert told(first) == "error NGINX: version 1.14.2 -> install NGINX 1.18 or newer"


def test_the_deploy_user_may_reload() -> None:
    _, second, *_ = nginx(config(), host(reload="no"), NginxFacts(V122, runs=True))
    assert told(second) == f"error NGINX: deploy may not reload it -> {RIGHTS}"


CLOSED = Place("nginx", "/etc/nginx/pycanary", writable=False, nearest="/etc/nginx")
SITES = Place("site", "/etc/nginx/sites-enabled", writable=False, nearest="/etc/nginx/sites-enabled")


@pytest.mark.parametrize(
    ("place", "files", "expected"),
    [
        (
            CLOSED,
            {},
            "error NGINX files: deploy may not write in /etc/nginx, where /etc/nginx/pycanary is to be made -> `sudo"
            " install -d -o deploy -m 755 /etc/nginx/pycanary`; docs/host.md has more on that",
        ),
        (
            SITES,
            {},
            "error NGINX files: deploy may not write in /etc/nginx/sites-enabled -> `sudo chgrp deploy"
            " /etc/nginx/sites-enabled && sudo chmod 2775 /etc/nginx/sites-enabled`; docs/host.md has more on that",
        ),
        (
            Place("nginx", "/etc/nginx/conf.d", writable=False, nearest="/etc/nginx"),
            {},
            "error NGINX files: deploy may not write in /etc/nginx, where /etc/nginx/conf.d is to be made -> `sudo"
            " install -d -g deploy -m 2775 /etc/nginx/conf.d`; docs/host.md has more on that",
        ),
        (SITES, {"site": "server {}"}, WRITABLE),
    ],
)
def test_its_files_can_be_written(place: Place, files: dict[str, str], expected: str) -> None:
    found = NginxFacts(V122, runs=True, files=files)
    assert [told(each) for each in nginx(config(), host(places=(place,)), found)][1:] == [expected]


INSIDE = {"nginx": {"config_dir": "/srv/nginx", "config_dir_inside": "/etc/nginx", "container": "web"}}
MOUNT = "mount the directory: `/srv/nginx/conf.d:/etc/nginx/conf.d:ro`"
WHOLE = (("/srv/nginx", "/etc/nginx"),)
PARTS = (("/srv/nginx/conf.d", "/etc/nginx/conf.d"), ("/srv/nginx/pycanary", "/etc/nginx/pycanary"))


@pytest.mark.parametrize(
    ("network", "mounts", "expected"),
    [
        ("", (), []),
        ("host", WHOLE, []),
        ("host", PARTS, []),
        (
            "bridge",
            WHOLE,
            [
                "error NGINX container: web is on the network bridge: its 127.0.0.1 is not the host's, where the"
                " services listen -> give web `network_mode: host` and re-create it"
            ],
        ),
        (
            "host",
            PARTS[:1],
            [
                "error NGINX container: /etc/nginx/pycanary/shop.proxy.conf is in no mount: it would never see that"
                " file -> mount the directory: `/srv/nginx/pycanary:/etc/nginx/pycanary:ro`"
            ],
        ),
        (
            "host",
            (*PARTS, ("/srv/nginx/conf.d/shop.conf", "/etc/nginx/conf.d/shop.conf")),
            [
                "error NGINX container: /etc/nginx/conf.d/shop.conf is mounted as a single file: it goes on seeing the"
                f" old one when that is replaced -> {MOUNT}"
            ],
        ),
        (
            "host",
            (("/opt/conf.d", "/etc/nginx/conf.d"), PARTS[1]),
            [
                f"error NGINX container: /etc/nginx/conf.d/{name} is /opt/conf.d/{name} on the host, and not"
                f" /srv/nginx/conf.d/{name} -> correct nginx.config_dir and nginx.config_dir_inside"
                for name in ("pycanary-shop.conf", "shop.conf")
            ],
        ),
    ],
)
def test_a_container_shares_network_and_directories(
    network: str, mounts: tuple[tuple[str, str], ...], expected: list[str]
) -> None:
    facts = host(network=network, mounts=mounts)
    assert [told(each) for each in container(config(**INSIDE), facts)] == expected


BASE = "# configuration file /etc/nginx/nginx.conf:\nevents {{}}\nhttp {{\n  include conf.d/*.conf;\n  {}\n}}\n"
TAKEN = "stop that, or set nginx.http_port or nginx.https_port"


@pytest.mark.parametrize(
    ("server", "facts", "expected"),
    [
        ("", WELL, []),
        ("server { listen 80; }", host(listeners=(Listener(80),)), []),
        ("server { listen unix:/run/x default_server; listen [::]:80 default_server; }", WELL, []),
        (
            "",
            host(listeners=(Listener(80, "apache2", "3"),)),
            [f"error port 80: of the site is taken by apache2 (process 3) -> {TAKEN}"],
        ),
        (
            "server { listen 80 default_server; }",
            WELL,
            [
                "error port 80: has another default server at /etc/nginx/nginx.conf:4, and the site for any name must"
                " be the default -> set nginx.server_name to the site's host name, or remove that server (on Debian:"
                " `sudo rm /etc/nginx/sites-enabled/default`)"
            ],
        ),
    ],
)
def test_the_site_that_is_to_be_made_finds_its_port(server: str, facts: HostFacts, expected: list[str]) -> None:
    found = NginxFacts(V122, runs=True, whole=BASE.format(server))
    assert [told(each) for each in nginx(config(), facts, found) if each.subject == "port 80"] == expected


def test_a_configuration_that_cannot_be_read_is_a_finding() -> None:
    found = NginxFacts(V122, runs=True, whole="nothing")
    *_, last = nginx(config(), WELL, found)
    assert told(last) == (
        "error NGINX configuration: `nginx -T` printed no configuration -> run it on the host and look at what it says"
    )
