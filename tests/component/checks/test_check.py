"""`pycanary check` on a real host: what it finds, what it says to do, and that it changes nothing."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.lab.footprint import files
from tests.lab.lab import Lab, Result
from tests.lab.machine import free_port


def findings(result: Result) -> dict[str, str]:
    """All that is no `ok`, by subject, with its remedy."""
    return {
        finding["subject"]: f"{finding['level']}: {finding['found']} -> {finding['remedy']}"
        for place in json.loads(result.stdout)
        for finding in place["findings"]
        if finding["level"] in ("error", "warning")
    }


def check(lab: Lab, **environment: str) -> tuple[int, dict[str, str]]:
    result = lab.pycanary("check", "--json", **environment)
    return result.code, findings(result)


@pytest.fixture
def lab(processes_lab: Lab) -> Lab:
    processes_lab.repository.commit()
    return processes_lab


def test_a_new_host_and_a_deployed_one_have_no_errors_and_nothing_is_changed(lab: Lab) -> None:
    host = lab.hosts[0].directory
    before = files(host)
    assert check(lab) == (0, {})
    assert files(host) == before
    lab.deploy("stable")
    before = files(host)
    result = lab.pycanary("check")
    assert files(host) == before
    assert result.code == 0, result.text
    assert f"{', '.join(str(lab.port(name, 'stable')) for name in lab.services)} in use by its services" in result.text
    assert "state             weights 999:1, canary out, the same in state, files and NGINX" in result.stdout
    assert "Docker" not in result.stdout
    assert "docker" not in result.stdout
    assert "0 errors, 0 warnings" in result.stdout.splitlines()[-1]
    assert "\x1b" not in result.stdout


def test_a_host_that_cannot_be_reached_is_a_finding(lab: Lab) -> None:
    port = free_port()
    entry = lab.hosts[0].sshd.host().model_dump(exclude_defaults=True)
    lab.configure(hosts=[entry, {**entry, "port": port}])
    code, found = check(lab)
    assert code == 2
    assert found == {
        "connection": f"error: connection refused on port {port} -> start its sshd, or correct hosts[].port"
    }


def test_an_unknown_host_key_and_a_refused_user_are_findings(lab: Lab, tmp_path: Path) -> None:
    entry = lab.hosts[0].sshd.host().model_dump(exclude_defaults=True)
    known_hosts = tmp_path / "known_hosts"
    lab.configure(hosts=[{**entry, "known_hosts": str(known_hosts)}])
    code, found = check(lab)
    assert code == 2
    assert found["host key"].startswith(f"error: its host key is not in {known_hosts} -> `ssh-keyscan -p ")
    lab.configure(hosts=[{**entry, "identity": str(lab.hosts[0].sshd.directory / "host_key")}])
    assert check(lab)[1]["user"].startswith("error: it refused the keys offered for user ")


def test_ports_that_something_else_has_are_named(lab: Lab) -> None:
    with (
        socket.create_server(("127.0.0.1", lab.port("backend", "canary"))),
        socket.create_server(("127.0.0.1", lab.status_port)),
    ):
        code, found = check(lab)
    assert code == 2
    assert set(found) == {f"port {lab.port('backend', 'canary')}", "status port"}
    assert "of backend in the canary slot is taken by " in found[f"port {lab.port('backend', 'canary')}"]
    assert "or choose another port in canary.yml" in found["status port"]


def test_a_repository_or_branch_that_is_missing_is_an_error(lab: Lab) -> None:
    lab.configure(git={"branch": "devlop"})
    assert check(lab) == (
        2,
        {
            "repository": f"error: {lab.repository.bare} has no branch 'devlop'; the nearest are: develop"
            " -> correct git.branch in canary.yml, or push the branch"
        },
    )
    lab.configure(git={"remote": "/nowhere/shop.git"})
    code, found = check(lab)
    assert code == 2
    assert found["repository"].startswith("error: /nowhere/shop.git: no such repository")
    assert found["repository"].endswith("-> correct git.remote in canary.yml")


def test_an_invalid_nginx_configuration_is_an_error(lab: Lab) -> None:
    broken = lab.hosts[0].nginx.conf_d / "other.conf"
    broken.write_text("serve {}\n")
    code, found = check(lab)
    assert code == 2
    assert found["NGINX"].startswith("error: `nginx -t` fails:\n")
    assert f'unknown directive "serve" in {broken}:1' in found["NGINX"]


def test_a_site_without_the_snippet_and_a_second_upstream_are_errors(lab: Lab) -> None:
    lab.deploy("stable")
    site = lab.hosts[0].nginx.conf_d / f"{lab.app}.conf"
    snippet = f"        include {lab.hosts[0].nginx.directory}/pycanary/{lab.app}.proxy.conf;\n"
    text = site.read_text()
    site.write_text(text.replace(snippet, "", 1))
    code, found = check(lab)
    assert code == 2
    [(location, words)] = found.items()
    assert location.startswith("location / (")
    assert words.startswith("error: does not include the snippet")


def test_a_changed_file_and_another_default_server_are_found(lab: Lab) -> None:
    other = lab.hosts[0].nginx.conf_d / "default.conf"
    other.write_text(f"server {{ listen {lab.http_port} default_server; }}\n")
    code, found = check(lab)
    assert code == 2
    assert found[f"port {lab.http_port}"].startswith(f"error: has another default server at {other}:1")
    other.unlink()
    lab.deploy("stable")
    generated = lab.hosts[0].nginx.conf_d / f"pycanary-{lab.app}.conf"
    generated.write_text(generated.read_text() + "# by hand\n")
    assert check(lab) == (
        0,
        {
            "drift": "warning: the generated http file is not what this pycanary writes: somebody changed it, or"
            " canary.yml or pycanary itself was changed since the last deployment -> the next deployment, or `pycanary"
            " deploy rollback`, writes it anew; users stay where they are"
        },
    )


def test_a_directory_that_others_may_read_is_found(lab: Lab) -> None:
    root = lab.hosts[0].directory / "app"
    root.mkdir(mode=0o750)
    assert check(lab) == (0, {})
    root.chmod(0o755)
    code, found = check(lab)
    assert (code, list(found)) == (0, ["directory"])
    assert found["directory"].endswith(f"-> `sudo chmod 750 {root}`")


def test_what_this_machine_lacks_is_found(lab: Lab) -> None:
    lab.configure(environment={"API_KEY": {}}, mattermost={})
    code, found = check(lab)
    assert code == 2
    assert "API_KEY: the variable API_KEY is not set" in found["environment"]
    assert found["mattermost"].startswith("warning: MATTERMOST_URL is not set")
    assert check(lab, API_KEY="k", MATTERMOST_URL="http://127.0.0.1:9/hook") == (0, {})


def test_state_of_a_newer_pycanary_and_a_disk_that_is_no_place_are_errors(lab: Lab) -> None:
    state = lab.hosts[0].directory / "app" / "state"
    state.mkdir(parents=True)
    (state / "state.json").write_text(json.dumps({"schema_version": 99, "app": lab.app}))
    code, found = check(lab)
    assert code == 2
    assert found["state"] == (
        "error: state.json has schema 99, this pycanary reads up to 1 -> use the newer pycanary that wrote it"
    )
