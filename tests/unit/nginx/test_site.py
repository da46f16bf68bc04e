"""The default site."""

from typing import Any

import pytest

from pycanary.nginx.site import locations, render_site
from tests.unit.nginx.example import config

TLS = {"certificate": "/c.pem", "certificate_key": "/k.pem", "server_name": "shop.example"}
PROXY, ASSETS = "/etc/nginx/pycanary/shop.proxy.conf", "/etc/nginx/pycanary/shop.assets.conf"


def test_each_service_has_a_location_that_includes_the_snippet() -> None:
    site = render_site(config(), (1, 22, 1))
    assert f"    location /api/ {{\n        include {PROXY};\n        proxy_pass http://shop_backend;\n    }}\n" in site
    assert f"    location / {{\n        include {PROXY};\n        proxy_pass http://shop_frontend;\n    }}\n" in site
    assert "client_max_body_size 64m;" in site


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/_next/static/"], [("/_next/static/", "shop_frontend_assets", ASSETS)]),
        (
            ["/api/static/", "/a/"],
            [("/api/static/", "shop_backend_assets", ASSETS), ("/a/", "shop_frontend_assets", ASSETS)],
        ),
        (["/api/"], []),
        ([], []),
    ],
)
def test_hashed_files_go_to_the_service_whose_location_is_the_longest_prefix(paths: list[str], expected: Any) -> None:
    found = locations(config(retry={"asset_paths": paths}))[2:]
    assert [(each.prefix, each.upstream, each.snippet) for each in found] == expected


def test_a_path_that_no_service_has_gets_no_location() -> None:
    only = config(services={"backend": {"stable": 1, "canary": 2, "location": "/api/"}})
    assert [each.prefix for each in locations(only)] == ["/api/"]


def test_a_site_for_any_name_is_the_default() -> None:
    assert "listen 80 default_server;\n    server_name _;" in render_site(config(), (1, 22, 1))
    named = render_site(config(nginx={"server_name": "shop.example"}), (1, 22, 1))
    assert "listen 80;\n    server_name shop.example;" in named


@pytest.mark.parametrize(
    ("version", "expected"),
    [((1, 25, 0), "listen 443 ssl http2;\n"), ((1, 25, 1), "listen 443 ssl;\n    http2 on;\n")],
)
def test_with_a_certificate_it_is_https_with_http2(version: tuple[int, int, int], expected: str) -> None:
    site = render_site(config(nginx=TLS), version)
    assert expected in site
    assert "    listen 80;\n    server_name shop.example;\n    return 301 https://$host$request_uri;\n" in site


def test_another_https_port_is_in_the_redirect() -> None:
    assert "https://$host:8443$request_uri" in render_site(config(nginx=TLS | {"https_port": 8443}), (1, 22, 1))
