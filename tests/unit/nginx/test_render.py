"""The exact text that NGINX gets."""

from __future__ import annotations

import json
import re

import pytest

from pycanary.errors import UsageError
from pycanary.model.slot import Slot
from pycanary.nginx.render import answer, render
from tests.unit.nginx.example import config, traffic

OLD, NEW = (1, 22, 1), (1, 31, 3)

UPSTREAM = """\
upstream shop_backend {
    hash $pycanary_shop_key;
    server 127.0.0.1:8081 weight=900 max_fails=0; # stable
    server 127.0.0.1:8082 weight=100 max_fails=0; # canary
}
"""
SNIPPET = """\
# Written whole by pycanary for shop: what is changed here is lost at the next deployment.
# A location with add_header or proxy_set_header lines of its own inherits none, so all of these are in the location.
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host $http_host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $pycanary_shop_conn;
proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
proxy_next_upstream_tries 2;
proxy_next_upstream_timeout 3s;
add_header Set-Cookie $pycanary_shop_set always;
"""


def next_upstream(snippet: str) -> list[str]:
    return [line for line in snippet.splitlines() if "next_upstream" in line]


def test_the_upstream_of_a_service_has_stable_first() -> None:
    assert UPSTREAM in render(config(), traffic(config()), OLD).http


def test_a_slot_that_is_out_is_down_with_its_weight_still_written() -> None:
    http = render(config(), traffic(config(), out=Slot.CANARY), OLD).http
    assert "server 127.0.0.1:8082 weight=100 max_fails=0 down; # canary" in http
    assert "server 127.0.0.1:8081 weight=900 max_fails=0; # stable" in http


def test_a_service_of_one_slot_has_one_server_and_no_backup() -> None:
    shop = config()
    routes = tuple(route.model_copy(update={"slots": (Slot.CANARY,)}) for route in shop.routes)
    http = render(shop, traffic(shop, out=Slot.CANARY, routes=routes), OLD).http
    assert re.findall(r"server 127.0.0.1:(\d+) .*max_fails=0(.*);", http) == [
        ("3002", " down"),
        ("3002", ""),
        ("8082", " down"),
    ]


def test_a_service_of_no_slot_keeps_its_upstream() -> None:
    shop = config()
    routes = tuple(route.model_copy(update={"slots": ()}) for route in shop.routes)
    assert UPSTREAM in render(shop, traffic(shop, routes=routes), OLD).http


def test_the_files_of_a_service_that_canary_yml_names_no_more_keep_their_upstream() -> None:
    shop = config()
    less = shop.model_copy(update={"services": {"backend": shop.services["backend"]}})
    assert "upstream shop_frontend_assets {" in render(less, traffic(shop), OLD).http


def test_a_newer_nginx_is_told_not_to_keep_upstream_connections() -> None:
    assert "max_fails=0; # canary\n    keepalive 0;\n}" in render(config(), traffic(config()), NEW).http
    assert "keepalive 0;" not in render(config(), traffic(config()), (1, 29, 6)).http


def test_the_snippet() -> None:
    assert render(config(), traffic(config()), OLD).proxy == SNIPPET


def test_a_newer_nginx_keeps_busy_clients_over_a_reload() -> None:
    assert render(config(), traffic(config()), (1, 27, 4)).proxy == f"{SNIPPET}keepalive_min_timeout 2s;\n"


@pytest.mark.parametrize("out", [None, Slot.CANARY, Slot.STABLE])
def test_hashed_files_are_looked_for_on_the_other_slot_also_when_it_is_out(out: Slot | None) -> None:
    files = render(config(), traffic(config(), out=out), OLD)
    assert files.assets == SNIPPET.replace("http_504;", "http_504 http_404;")
    (upstream,) = re.findall(r"upstream shop_frontend_assets \{(.*?)\}", files.http, flags=re.DOTALL)
    assert upstream.count("server ") == 2
    assert "down" not in upstream
    # Everybody's first answer is of the slot that serves, also theirs whose key belongs to the other.
    assert re.findall(r" backup; # (\w+)", upstream) == ([str(out)] if out else [])
    assert ("hash " in upstream) == (out is None)


@pytest.mark.parametrize("out", Slot)
def test_nothing_else_is_retried_while_a_slot_is_out(out: Slot) -> None:
    assert next_upstream(render(config(), traffic(config(), out=out), OLD).proxy) == ["proxy_next_upstream off;"]


def test_nothing_is_retried_when_it_is_off() -> None:
    files = render(config(retry={"enabled": False}), traffic(config()), OLD)
    assert next_upstream(files.proxy) == next_upstream(files.assets) == ["proxy_next_upstream off;"]


def test_without_sticky_there_is_neither_key_nor_cookie_nor_probe() -> None:
    plain = config(sticky={"enabled": False})
    files = render(plain, traffic(plain), OLD)
    assert "upstream shop_backend {\n    zone shop_backend 64k;\n    server" in files.http
    for word in ("hash", "_key", "Set-Cookie", "/probe/", "cookie_"):
        assert word not in files.http + files.proxy


def test_the_weights_are_answered_as_json() -> None:
    (answered,) = re.findall(
        r"return 200 '(\{.*\})\\n';", render(config(), traffic(config(), out=Slot.CANARY), OLD).http
    )
    assert json.loads(answered) == {
        "app": "shop",
        "generation": 3,
        "weights": {"frontend": {"stable": 900, "canary": 100}, "backend": {"stable": 900, "canary": 100}},
        "out": "canary",
    }


def test_a_line_of_the_log_is_json_with_what_a_judge_needs() -> None:
    http = render(config(), traffic(config()), OLD).http
    block = http[http.index("log_format") : http.index("server {\n    listen")]
    line = json.loads("".join(re.findall(r"'([^']*)'", block)))
    assert line["generation"] == "3"
    assert line["service"] == "$proxy_host"
    assert line["key"] == "$pycanary_shop_key"
    assert set(line) >= {"method", "status", "upstream_addr", "upstream_status", "upstream_response_time"}


def test_every_name_is_the_applications_own() -> None:
    http = render(config(app="web-shop"), traffic(config()), OLD).http
    assert set(re.findall(r"upstream (\S+) \{", http)) == {
        "web-shop_frontend",
        "web-shop_frontend_assets",
        "web-shop_backend",
    }
    defined = re.findall(r"^map .* \$(\S+) \{", http, flags=re.MULTILINE)
    assert defined
    assert all(name.startswith("pycanary_web_shop_") for name in defined)
    assert "log_format pycanary_web_shop " in http


def test_a_variable_of_the_longest_name_fits_in_nginxs_hash() -> None:
    http = render(config(app="a" * 32), traffic(config()), OLD).http
    assert max(map(len, re.findall(r"^map .* \$(\S+) \{", http, flags=re.MULTILINE))) <= 46


def test_a_dollar_sign_in_a_health_path_is_no_variable() -> None:
    odd = config(services={"web": {"stable": 1, "canary": 2, "health": "/up?a=$b"}})
    assert "proxy_pass http://shop_web/up?a=%24b;" in render(odd, traffic(odd), OLD).http


@pytest.mark.parametrize("salt", ['"', "$host", "a b", "\n", "\\"])
def test_a_salt_that_cannot_be_quoted_is_refused(salt: str) -> None:
    with pytest.raises(UsageError, match="salt"):
        render(config(), traffic(config(), salt=salt), OLD)


def test_the_answer_tells_generation_and_content_apart() -> None:
    one, same, other = (render(config(), traffic(config(), canary), OLD) for canary in (100, 100, 400))
    assert answer(config(), traffic(config()), one) == f"shop 3 {one.fingerprint}"
    assert one == same
    assert one.fingerprint != other.fingerprint


def test_the_main_file_for_the_test_touches_nothing_of_the_real_nginx() -> None:
    alone = render(config(), traffic(config()), OLD).alone
    paths = re.findall(r"^ *(?:pid|\w+_temp_path|include) (\S+);", alone, flags=re.MULTILINE)
    assert paths[0] == "/dev/null"
    assert all(path.startswith("/etc/nginx/pycanary/.shop.new/") for path in paths[1:])


def test_in_a_container_paths_are_those_that_nginx_sees() -> None:
    boxed = config(nginx={"config_dir": "/opt/proxy", "config_dir_inside": "/etc/nginx", "container": "proxy"})
    alone = render(boxed, traffic(boxed), OLD).alone
    assert "include /etc/nginx/pycanary/.shop.new/new/http;" in alone
    assert "proxy_temp_path /tmp/pycanary-shop-proxy;" in alone
    assert "/opt/proxy" not in alone
