"""The stage that prepares NGINX: files, site, backups, and what is there before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pycanary.errors import HostFailed
from pycanary.host.layout import Layout
from pycanary.model.weights import Weights
from pycanary.nginx.changes import changes
from pycanary.nginx.rules import rules
from pycanary.nginx.shift import install
from tests.component.local import RUN
from tests.component.nginx.world import World, free_port


def backups(world: World) -> list[Path]:
    return sorted((Path(Layout.of(world.config).backups) / "nginx").glob("*"))


def test_the_first_installation_is_shown_made_and_proven(world: World) -> None:
    assert not rules_broken(world)
    shown = changes(world.config, world.traffic, world.version, world.facts())
    assert shown.count("new file ") == 4
    assert world.install() == "changed\n"
    assert world.verify() == ()
    assert world.get().status == 200
    assert changes(world.config, world.traffic, world.version, world.facts()) == ""
    assert not rules_broken(world)
    assert backups(world) == []


def rules_broken(world: World) -> list[str]:
    found = rules(world.config, world.config.routes, world.facts().whole, world.version)
    return [finding.found for finding in found if finding.level in {"error", "warning"}]


def test_a_first_installation_that_nginx_refuses_leaves_nothing(world: World) -> None:
    (world.root / "conf.d/default.conf").write_text(f"server {{ listen {world.site_port} default_server; }}\n")
    before = world.files()
    with pytest.raises(HostFailed, match="duplicate default server") as error:
        world.install()
    assert error.value.kind == "nginx-refused"
    assert world.files() == before
    assert not (world.root / "pycanary").exists()


def test_a_certificate_that_is_missing_is_named_with_what_to_do(world: World) -> None:
    tls = {"certificate": str(world.root / "tls.pem"), "certificate_key": str(world.root / "tls.key")}
    nginx = world.config.nginx.model_copy(update={**tls, "https_port": free_port()})
    world.config = world.config.model_copy(update={"nginx": nginx})
    with pytest.raises(HostFailed, match=r"cannot load certificate .*tls\.pem") as error:
        world.install()
    assert error.value.kind == "nginx-certificate"
    assert "correct nginx.certificate" in error.value.remedy


def test_the_site_is_made_once_and_then_is_the_users(installed: World) -> None:
    site = installed.root / installed.config.site
    site.write_text(site.read_text() + "# mine\n")
    installed.traffic = installed.traffic.shifted(Weights.of_canary(400))
    installed.install()
    assert site.read_text().endswith("# mine\n")


def test_former_files_are_kept_before_a_change_and_no_more_than_asked_for(installed: World) -> None:
    former = (installed.root / installed.config.http_part).read_text()
    config = installed.config
    installed.config = config.model_copy(update={"keep": config.keep.model_copy(update={"backups": 2})})
    installed.traffic = installed.traffic.shifted(Weights.of_canary(400))
    installed.install()
    (kept,) = backups(installed)
    assert (kept / "http.conf").read_text() == former
    installed.install()
    assert backups(installed) == [kept]
    for canary in (500, 600, 700):
        installed.traffic = installed.traffic.shifted(Weights.of_canary(canary))
        installed.install()
    assert len(backups(installed)) == 2


def test_facts_tell_what_is_there(installed: World) -> None:
    facts = installed.facts()
    assert (facts.version, facts.fault, facts.runs) == (installed.version, "", True)
    assert facts.served
    assert (facts.served.generation, facts.served.weights) == (1, installed.traffic.weights)
    for name, path in (("http", installed.config.http_part), ("site", installed.config.site)):
        assert facts.files[name] == (installed.root / path).read_text()
    installed.stop()
    stopped = installed.facts()
    assert (stopped.runs, stopped.served) == (False, None)


def test_facts_tell_why_nginx_cannot_be_used(installed: World) -> None:
    (installed.root / "conf.d/theirs.conf").write_text("nonsense;\n")
    broken = installed.facts()
    assert broken.fault == "refused"
    assert 'unknown directive "nonsense"' in broken.words
    nginx = installed.config.nginx.model_copy(update={"binary": "no-such-nginx"})
    installed.config = installed.config.model_copy(update={"nginx": nginx})
    assert installed.facts().fault == "tool"


def test_two_applications_share_one_nginx_and_one_status_port(installed: World) -> None:
    data = installed.config.model_dump(exclude_none=True, mode="json")
    free = [free_port() for _ in range(4)]
    data["app"] = "a-second-one-of-32-letters-and-a"
    data["services"] = {
        "frontend": {"stable": free[0], "canary": free[1]},
        "backend": {"stable": free[2], "canary": free[3], "location": "/api/"},
    }
    data["nginx"] |= {"http_port": free_port(), "server_name": "second.example"}
    second = type(installed.config).model_validate(data)
    first, installed.config = installed.config, second
    traffic = installed.traffic
    installed.traffic = traffic.model_copy(update={"routes": second.routes, "generation": 7})
    assert installed.install() == "changed\n"
    assert installed.verify() == ()
    installed.config, installed.traffic = first, traffic
    assert installed.verify() == ()
    installed.shift(traffic.shifted(Weights.of_canary(400)))
    assert installed.verify() == ()


def test_a_module_that_nginx_was_built_without_is_no_reason_to_refuse(world: World) -> None:
    script = install(world.config, world.traffic, world.version, state_json="{}\n", run=RUN)
    alone = str(script.values["ALONE"])
    assert "scgi_temp_path" in alone
    wrapper = world.root / "srv/without-scgi"
    wrapper.write_text(
        f'#!/bin/sh\ngrep -q scgi_temp_path "$5" && '
        f"{{ echo 'nginx: [emerg] unknown directive \"scgi_temp_path\"' >&2; exit 1; }}\n"
        f'cd {world.root} && exec {world.binary} "$@"\n'  # where it makes the directory that nobody names
    )
    wrapper.chmod(0o755)
    call = str(script.values["NGINX_ALONE"]).replace(world.binary, str(wrapper), 1)
    assert world.host.run(replace(script, values={**script.values, "NGINX_ALONE": call})) == "changed\n"
