"""Names and paths of canary.yml stay text in a real NGINX: no directive more, none less."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import crossplane
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pycanary.nginx.render import render
from pycanary.nginx.site import render_site
from tests.lab.nginx import binary
from tests.unit.nginx.example import config, traffic

HOSTILE = st.text(st.sampled_from("ab ;{}'\"$()#&|<>\\`~^é"), min_size=1, max_size=20)
REAL_NGINX = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
VERSION = (1, 22, 1)
MAIN = """\
pid {at}/pid;
error_log stderr;
events {{}}
http {{
    include {at}/http.conf;
    include {at}/site.conf;
}}
"""


def refusal(at: Path, app: Any) -> str:
    """What NGINX says against the generated files; empty where it takes them."""
    files = render(app, traffic(app), VERSION)
    for name, text in (("http", files.http), ("site", render_site(app, VERSION)), ("nginx", MAIN.format(at=at))):
        (at / f"{name}.conf").write_text(text)
    snippets = Path(app.nginx.config_dir) / "pycanary"
    snippets.mkdir(parents=True)
    (snippets / "shop.proxy.conf").write_text(files.proxy)
    (snippets / "shop.assets.conf").write_text(files.assets)
    call = [binary("debian"), "-t", "-q", "-p", str(at), "-e", "stderr", "-c", str(at / "nginx.conf")]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr


def directives(text: str) -> list[str]:
    """The names of all directives, however they are nested."""
    found: list[str] = []
    todo = crossplane.parse_string(text, single=True, check_ctx=False, check_args=False)["config"][0]["parsed"]
    while todo:
        each = todo.pop(0)
        found.append(each["directive"])
        todo += each.get("block", [])
    return found


@REAL_NGINX
@given(folder=HOSTILE)
@example(folder="a; } server { listen 1; #")
@example(folder='it\'s "quoted" $host')
@example(folder="ends with \\")
def test_a_directory_of_any_name_is_included(tmp_path: Path, folder: str) -> None:
    at = tmp_path / "at"
    shutil.rmtree(at, ignore_errors=True)
    at.mkdir()
    app = config(nginx={"config_dir": f"{at}/{folder}", "http_port": 18080})
    assert refusal(at, app) == ""
    assert directives(render_site(app, VERSION)) == directives(render_site(config(), VERSION))


@settings(max_examples=50, deadline=None)
@given(name=HOSTILE.filter(str.strip), certificate=HOSTILE)
def test_no_name_and_no_certificate_adds_a_directive(name: str, certificate: str) -> None:
    paths = {"certificate": f"/{certificate}x", "certificate_key": f"/{certificate}x"}
    hostile = config(nginx={"server_name": name, **paths})
    plain = config(nginx={"server_name": "shop.example", "certificate": "/x", "certificate_key": "/x"})
    assert directives(render_site(hostile, VERSION)) == directives(render_site(plain, VERSION))
