"""Reading what a host says of its NGINX, and showing what will change."""

from __future__ import annotations

import pytest

from pycanary.model.slot import Slot
from pycanary.model.weights import Weights
from pycanary.nginx.changes import changes
from pycanary.nginx.facts import FILES, NginxFacts, facts, read_facts
from pycanary.nginx.render import render
from pycanary.nginx.served import Served, read_served
from pycanary.nginx.version import parse
from tests.unit.nginx.example import config, traffic

VERSION = (1, 22, 1)
SAID = """\
version nginx version: nginx/1.22.1
valid yes
|nginx: configuration file /etc/nginx/nginx.conf test is successful

runs yes
generation shop 3 0123456789ab
weights {"weights":{"web":{"stable":900,"canary":100}},"out":"canary"}
file http
|
|upstream a {}

file site
|no line break at the end
unreadable proxy
whole
|# configuration file /etc/nginx/nginx.conf:
|runs no

"""


def test_everything_is_read() -> None:
    assert read_facts(SAID) == NginxFacts(
        version_text="nginx version: nginx/1.22.1",
        words="nginx: configuration file /etc/nginx/nginx.conf test is successful",
        runs=True,
        served=Served("shop", 3, "0123456789ab", {"web": Weights.of_canary(100)}, Slot.CANARY),
        files={"http": "\nupstream a {}\n", "site": "no line break at the end"},
        unreadable=("proxy",),
        whole="# configuration file /etc/nginx/nginx.conf:\nruns no\n",
    )


def test_an_nginx_that_cannot_be_called() -> None:
    found = read_facts("version \nwords nginx-rights\n|sudo: a password is required\n\n")
    assert (found.version, found.fault, found.words) == (None, "nginx-rights", "sudo: a password is required")


def test_a_configuration_that_is_not_valid() -> None:
    found = read_facts("version nginx version: nginx/1.31.3\nvalid refused\n|nginx: [emerg] no\n\nruns unknown\n")
    assert (found.version, found.fault, found.words, found.runs) == ((1, 31, 3), "refused", "nginx: [emerg] no", None)


def test_the_files_are_asked_for_by_name() -> None:
    values = facts(config(nginx={"sudo": True}), whole=True).values
    assert values["NGINX"] == "sudo -n nginx"
    assert [line.split()[0] for line in str(values["FILES"]).splitlines()] == list(FILES)
    assert "proxy /etc/nginx/pycanary/shop.proxy.conf" in str(values["FILES"])


@pytest.mark.parametrize(
    ("generation", "weights"),
    [("", ""), ("shop 3", "{}"), ("shop three x", '{"weights":{},"out":null}'), ("shop 3 x", '{"weights":{}}')],
)
def test_an_answer_that_is_not_ours(generation: str, weights: str) -> None:
    assert read_served(generation, weights) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("nginx version: nginx/1.22.1", (1, 22, 1)),
        ("nginx version: openresty/1.21.4.1", (1, 21, 4)),
        ("nginx version: nginx/1.18.0 (Ubuntu)", (1, 18, 0)),
        ("no such thing", None),
    ],
)
def test_the_version(said: str, expected: tuple[int, int, int] | None) -> None:
    assert parse(said) == expected


def test_a_change_is_a_diff_and_the_site_is_only_made() -> None:
    now = render(config(), traffic(config(), 100), VERSION)
    there = NginxFacts(files={"http": now.http, "proxy": now.proxy, "assets": now.assets, "site": "# mine\n"})
    assert changes(config(), traffic(config(), 100), VERSION, there) == ""
    shown = changes(config(), traffic(config(), 400), VERSION, there)
    assert shown.startswith("--- /etc/nginx/conf.d/pycanary-shop.conf\n+++ /etc/nginx/conf.d/pycanary-shop.conf\n@@")
    assert "-    server 127.0.0.1:8081 weight=900 max_fails=0; # stable\n" in shown
    assert "+    server 127.0.0.1:8081 weight=600 max_fails=0; # stable\n" in shown
    assert "shop.conf\n" not in shown.replace("pycanary-shop.conf", "")


def test_files_that_are_not_there_yet_are_named() -> None:
    assert changes(config(), traffic(config()), VERSION, NginxFacts()).count("new file /etc/nginx/") == 4
