"""What NGINX accepts but would bend the split."""

from __future__ import annotations

import pytest

from pycanary.errors import StageFailed
from pycanary.nginx.render import render
from pycanary.nginx.rules import rules
from pycanary.nginx.site import render_site
from tests.unit.nginx.example import config, traffic

NEW = (1, 31, 3)
FILES = render(config(), traffic(config()), NEW)
SITE = render_site(config(), NEW)
ADDED = config(
    services={
        **{name: service.model_dump() for name, service in config().services.items()},
        "search": {"stable": 7001, "canary": 7002},
    }
)
MAIN = "worker_shutdown_timeout 60s;\nevents {}\nhttp {\n    include conf.d/*.conf;\n}\n"


def dump(main: str = MAIN, http: str = FILES.http, site: str = SITE, **others: str) -> str:
    """What `nginx -T` prints for these files; an empty one is not there."""
    files = {
        "nginx.conf": main,
        "conf.d/pycanary-shop.conf": http,
        "pycanary/shop.proxy.conf": FILES.proxy,
        "pycanary/shop.assets.conf": FILES.assets,
        "conf.d/shop.conf": site,
    }
    files |= {f"conf.d/{name}.conf": text for name, text in others.items()}
    return "".join(f"# configuration file /etc/nginx/{name}:\n{text}\n" for name, text in files.items() if text)


def found(whole: str, level: str) -> list[str]:
    return [finding.found for finding in rules(config(), config().routes, whole, NEW) if finding.level == level]


def test_what_pycanary_makes_keeps_its_own_rules() -> None:
    assert {finding.level for finding in rules(config(), config().routes, dump(), NEW)} == {"ok"}


def test_before_the_first_installation_nothing_is_wrong() -> None:
    assert {finding.level for finding in rules(config(), config().routes, dump(http="", site=""), NEW)} == {"ok"}


def test_every_finding_that_is_not_ok_says_what_to_do() -> None:
    whole = dump("http { include x/*.conf; }\n", twice="upstream shop_frontend { least_conn; server 127.0.0.1:1; }")
    assert all(
        finding.remedy for finding in rules(config(), config().routes, whole, (1, 22, 1)) if finding.level != "ok"
    )


def test_an_http_block_that_does_not_include_the_files() -> None:
    assert found(dump(MAIN.replace("conf.d", "sites")), "error")[:2] == [
        "http{} does not include /etc/nginx/conf.d/pycanary-shop.conf",
        "http{} does not include /etc/nginx/conf.d/shop.conf",
    ]


def test_a_location_is_asked_for_once_nginx_would_accept_it() -> None:
    [more] = [each for each in rules(ADDED, config().routes, dump(), NEW) if each.level == "error"]
    assert more.found == "no location proxies to shop_search"
    assert more.remedy.startswith(
        "run `pycanary deploy` once, which makes that upstream and stops here; then add a loc"
    )
    http = FILES.http + "upstream shop_search { server 127.0.0.1:7001; server 127.0.0.1:7002; }"
    [more] = [each for each in rules(ADDED, ADDED.routes, dump(http=http), NEW) if each.level == "error"]
    assert more.remedy.startswith("add a location with `include ")


def test_a_service_that_no_location_proxies_to() -> None:
    assert found(dump(site=SITE.replace("http://shop_backend", "http://else")), "error") == [
        "no location proxies to shop_backend"
    ]


def test_a_location_without_the_snippet() -> None:
    site = (
        "server { location / { proxy_pass http://shop_frontend; } location /api/ { proxy_pass http://shop_backend; } }"
    )
    assert len(found(dump(site=site), "error")) == 2


@pytest.mark.parametrize(
    "include", ["pycanary/shop.proxy.conf", "/etc/nginx/pycanary/shop.proxy.conf", "pycanary/shop.assets.conf"]
)
def test_the_snippet_may_be_included_by_any_path_and_further_out(include: str) -> None:
    inner = "location /api/ { proxy_pass http://shop_backend; }"
    site = f"server {{ location / {{ include {include}; proxy_pass http://shop_frontend; {inner} }} }}"
    assert found(dump(site=site), "error") == []


def test_hashed_files_that_go_out_with_their_slot() -> None:
    site = SITE.replace("http://shop_frontend_assets", "http://shop_frontend")
    assert found(dump(site=site), "warning") == [
        "a page that is open when its release goes out will not find its hashed files here"
    ]


def test_a_header_further_in_than_the_snippet_drops_it() -> None:
    inner = "location /api/ { add_header X y; proxy_pass http://shop_backend; }"
    site = f"server {{ include pycanary/shop.proxy.conf; location / {{ proxy_pass http://shop_frontend; }} {inner} }}"
    assert found(dump(site=site), "error") == [
        "`add_header` at /etc/nginx/conf.d/shop.conf:1 drops what the snippet further out sets"
    ]


def test_a_header_of_the_server_is_dropped_by_the_snippet() -> None:
    site = SITE.replace(
        "    server_name _;\n", "    server_name _;\n    add_header Strict-Transport-Security max-age=1;\n"
    )
    warned = found(dump(site=site), "warning")
    assert len(warned) == 3
    assert warned[0].startswith(
        "`add_header Strict-Transport-Security` at /etc/nginx/conf.d/shop.conf:6 is dropped here"
    )


def test_a_location_that_goes_past_the_weights() -> None:
    assert found(dump(more="server { location / { proxy_pass http://localhost:8081/; } }"), "warning") == [
        "proxies straight to localhost:8081, past the weights of backend"
    ]


def test_an_upstream_of_the_same_name_elsewhere() -> None:
    errors = found(dump(http="", hand="upstream shop_frontend { server 127.0.0.1:3001; }"), "error")
    assert errors[0] == "defined at /etc/nginx/conf.d/hand.conf:1, outside pycanary's file"


@pytest.mark.parametrize(
    ("line", "level", "words"),
    [
        ("least_conn;", "error", "`least_conn` at"),
        ("ip_hash;", "error", "`ip_hash` at"),
        (
            "server 127.0.0.1:8081 weight=900;",
            "error",
            "servers 127.0.0.1:8081, 127.0.0.1:8081, 127.0.0.1:8082 instead",
        ),
        ("keepalive 32;", "warning", "`keepalive` at"),
    ],
)
def test_an_upstream_that_was_changed_by_hand(line: str, level: str, words: str) -> None:
    http = FILES.http.replace("upstream shop_backend {\n", f"upstream shop_backend {{\n    {line}\n")
    (said,) = found(dump(http=http), level)
    assert said.startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "map $uri $pycanary_shop_key { default 1; }",
        "geo $PYCANARY_shop_id { default 1; }",
        "log_format pycanary_shop x;",
    ],
)
def test_a_name_that_is_defined_again(text: str) -> None:
    (said,) = found(dump(theirs=text), "error")
    assert said.startswith("defined again at /etc/nginx/conf.d/theirs.conf:1")


def test_another_applications_names_are_nobodys_business() -> None:
    assert (
        found(dump(theirs="map $uri $pycanary_shop2_key { default 1; }\nlog_format pycanary_shop2 x;"), "error") == []
    )


def test_streams_and_an_old_nginx_are_advised_about() -> None:
    advice = [
        f for f in rules(config(), config().routes, dump(MAIN.partition("\n")[2]), (1, 22, 1)) if f.level == "advice"
    ]
    assert [finding.subject for finding in advice] == ["worker_shutdown_timeout", "NGINX version"]
    assert "1.27.4" in advice[1].remedy


@pytest.mark.parametrize("text", ["", "nginx: [emerg] no\n", "# configuration file /etc/nginx/nginx.conf:\nhttp {\n"])
def test_a_text_that_is_no_configuration_is_an_error(text: str) -> None:
    with pytest.raises(StageFailed):
        rules(config(), config().routes, text, NEW)
