"""Each bad canary.yml with the exact sentence that it gets."""

import copy
from pathlib import Path

import pytest
import yaml

from pycanary.config.load import load
from pycanary.config.problem import ConfigInvalid, Problem
from pycanary.errors import ExitCode, UsageError

VALID = {
    "app": "shop",
    "path": "/srv/shop",
    "hosts": [{"address": "h1"}],
    "git": {"remote": "git@h:t/shop.git"},
    "services": {"web": {"stable": 3001, "canary": 3002}},
}
HOST_KEYS = "address, user, port, jump, identity, credential, known_hosts"
PORT = "expected a whole number from 1 to 65535"
NOT_SHOWN = "a value that is not shown, since it may be a secret"


def changed(path, value):
    data = copy.deepcopy(VALID)
    at = data
    *above, last = path.split("/")
    for part in above:
        at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
    at[int(last) if isinstance(at, list) else last] = value
    return data


def sentences(tmp_path, text):
    """The problems without the file's name and line."""
    file = tmp_path / "canary.yml"
    file.write_text(text)
    with pytest.raises(ConfigInvalid) as caught:
        load(file)
    return [str(problem).partition(": ")[2] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("app", "Shop", "app: 'Shop' (expected lower-case letters, digits and hyphens, a letter first, at most 32)"),
        ("app", 7, "app: `7` (expected lower-case letters, digits and hyphens, a letter first, at most 32)"),
        ("app", None, "app: no value (expected lower-case letters, digits and hyphens, a letter first, at most 32)"),
        ("path", "srv/x", "path: 'srv/x' (expected an absolute path without '..')"),
        ("path", "/srv/../x", "path: '/srv/../x' (expected an absolute path without '..')"),
        ("path", "/srv/\x1b[31m", r"path: '/srv/\x1b[31m' (expected text without control characters)"),
        ("hosts", "h1", "hosts: 'h1' (expected a list of sections, at least one)"),
        ("hosts", [], "hosts: an empty list (expected a list of sections, at least one)"),
        ("hosts/0", "h1", f"hosts[0]: 'h1' (expected a section with the keys {HOST_KEYS})"),
        ("hosts/0/address", "", "hosts[0].address: '' (expected text that is not empty)"),
        ("hosts/0/address", 10.5, "hosts[0].address: `10.5` (expected text that is not empty)"),
        ("hosts/0/port", 0, f"hosts[0].port: `0` ({PORT})"),
        ("hosts/0/port", 65536, f"hosts[0].port: `65536` ({PORT})"),
        ("hosts/0/port", "22", f"hosts[0].port: '22' ({PORT})"),
        ("hosts/0/port", True, f"hosts[0].port: `true`, which YAML reads as true ({PORT})"),
        ("lease/running_seconds", 2, "lease.running_seconds: `2` (expected a whole number from 3 to 86400)"),
        ("git", ["x"], "git: a list (expected a section with the keys remote, branch, web)"),
        ("services", {}, "services: an empty section (expected named sections, at least one)"),
        (
            "services/web",
            3001,
            "services.web: `3001` (expected a section with the keys stable, canary, health, location,",
        ),
        ("services/web/stable", "abc", f"services.web.stable: 'abc' ({PORT})"),
        ("services/web/stable", 3001.5, f"services.web.stable: `3001.5` ({PORT})"),
        ("services/web/health", "health", "services.web.health: 'health' (expected a URL path that begins with /"),
        ("services/web/health", "/a b", "services.web.health: '/a b' (expected a URL path that begins with /"),
        ("services/web/ready_log", "(", "services.web.ready_log: '(' (expected a regular expression (missing )"),
        (
            "services/Web",
            VALID["services"]["web"],
            "services.Web: the name is not allowed (expected lower-case letters",
        ),
        ("compose/images", "push", "compose.images: 'push' (expected build or pull)"),
        ("nginx/sudo", "perhaps", "nginx.sudo: 'perhaps' (expected true or false)"),
        ("nginx/arguments", "-c x", "nginx.arguments: '-c x' (expected a list of entries)"),
        ("nginx/arguments", [1], "nginx.arguments[0]: `1` (expected text that is not empty)"),
        (
            "retry/asset_paths",
            ["static"],
            "retry.asset_paths[0]: 'static' (expected a URL path that begins with /, without spaces and quotes)",
        ),
        ("sticky/cookie", "a b", "sticky.cookie: 'a b' (expected 1 to 64 letters, digits and underscores)"),
        ("sticky", None, "sticky: no value (expected a section with the keys enabled, cookie, days)"),
        ("health/tries", 11, "health.tries: `11` (expected a whole number from 1 to 10)"),
        ("steps", [], "steps: an empty list (expected a list of entries)"),
        ("steps", "10%", "steps: '10%' (expected a list of entries)"),
        ("steps", [0], "steps[0]: weight '0%' is out of range (expected 0.1% to 99.9%)"),
        ("steps", ["100%"], "steps[0]: weight '100%' is out of range (expected 0.1% to 99.9%)"),
        ("steps", [-1], "steps[0]: weight '-1%' is not a percentage (expected a share such as 25% or 0.5%)"),
        ("steps", ["12.34%"], "steps[0]: weight '12.34%' is finer than 0.1 % (expected steps of 0.1 %, such as 12.3%)"),
        ("steps", ["abc"], "steps[0]: weight 'abc' is not a percentage (expected a share such as 25% or 0.5%)"),
        ("steps", [{"a": 1}], "steps[0]: a section (expected a share such as 25%)"),
        ("steps", ["40%", "10%"], "steps: steps 40%, 10% (expected shares that rise)"),
        ("bake_seconds", -1, "bake_seconds: `-1` (expected a whole number from 0 to 86400)"),
        ("during_hold", "wait", "during_hold: 'wait' (expected replace or keep)"),
        ("time_zone", "Asia Seoul", "time_zone: 'Asia Seoul' (expected the name of a time zone, such as Asia/Seoul)"),
        ("environment", ["A=b"], "environment: a list (expected named sections)"),
        ("environment/A", None, "environment.A: no value (expected a section with the keys value, variable, file,"),
        ("environment/A-B", {}, "environment.A-B: the name is not allowed (expected letters, digits and underscores"),
        ("environment/A", {"kind": "text"}, "environment.A.kind: 'text' (expected secret-text or username or password"),
        (
            "environment/A",
            {"value": "x", "file": "y"},
            "environment.A: they do not fit together (expected one of value,",
        ),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(tmp_path, path, value, sentence):
    (found,) = sentences(tmp_path, yaml.safe_dump(changed(path, value), sort_keys=False))
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("ap", "ap: unknown key\n  -> did you mean `app`?"),
        ("bakeSeconds", "bakeSeconds: unknown key\n  -> did you mean `bake_seconds`?"),
        ("bake-seconds", "bake-seconds: unknown key\n  -> did you mean `bake_seconds`?"),
        ("bake", "bake: unknown key\n  -> did you mean `bake_seconds`?"),
        ("remote", "remote: unknown key\n  -> did you mean `git.remote`?"),
        ("branches", "branches: unknown key\n  -> did you mean `git.branch`?"),
        ("address", "address: unknown key\n  -> did you mean `hosts[].address`?"),
        ("git/brnch", "git.brnch: unknown key\n  -> did you mean `branch`?"),
        ("git/bake_seconds", "git.bake_seconds: unknown key\n  -> did you mean `bake_seconds`?"),
        ("hosts/0/adress", "hosts[0].adress: unknown key\n  -> did you mean `address`?"),
        ("hosts/0/sudo", "hosts[0].sudo: unknown key\n  -> did you mean `nginx.sudo`?"),
        ("keep/zzz", "keep.zzz: unknown key\n  -> known here: releases, backups, runs"),
    ],
)
def test_an_unknown_key_names_the_one_that_was_meant(tmp_path, path, sentence):
    assert sentences(tmp_path, yaml.safe_dump(changed(path, "x"), sort_keys=False)) == [sentence]


def test_a_service_is_not_told_about_the_ports_of_hosts(tmp_path):
    (found,) = sentences(tmp_path, yaml.safe_dump(changed("services/web/port", 1)))
    assert found.startswith("services.web.port: unknown key\n  -> known here: stable, canary, health, ")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("app", "add `app:` at the top level (Short name of the application; part of every name on the host)"),
        ("hosts", "add `hosts:` at the top level (The machines that run it)"),
        ("git/remote", "add `remote:` below `git` (The repository, as the host reaches it)"),
        ("hosts/0/address", "add `address:` below `hosts[0]` (Host name or address, as SSH reaches it)"),
        ("services/web/canary", "add `canary:` below `services.web` (Its port in the canary slot)"),
    ],
)
def test_a_missing_key_says_what_it_is_for(tmp_path, path, sentence):
    data = copy.deepcopy(VALID)
    at = data
    *above, last = path.split("/")
    for part in above:
        at = at[int(part)] if isinstance(at, list) else at[part]
    del at[last]
    at["_"] = None  # so that no section is left empty
    found = [each for each in sentences(tmp_path, yaml.safe_dump(data)) if "missing" in each]
    key = path.replace("/0", "[0]").replace("/", ".")
    assert found == [f"{key}: this required key is missing\n  -> {sentence}"]


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("hosts/0", "h1", "write `address: h1`"),
        ("hosts/0/port", "22", "write it without quotes"),
        ("hosts/0/address", 10.5, "put it in quotes"),
        ("sticky", None, "write `{}` after it for its defaults, or delete the key"),
        ("git/branch", None, "give it a value, or delete the key"),
        ("steps", ["100%"], "for everything on one side use `deploy promote-canary` or `deploy stable`"),
    ],
)
def test_a_remedy_is_what_to_type(tmp_path, path, value, remedy):
    (found,) = sentences(tmp_path, yaml.safe_dump(changed(path, value), sort_keys=False))
    assert found.endswith(f"\n  -> {remedy}")


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "environment/DB_PASSWORD",
            {"value": "hunter2"},
            "environment.DB_PASSWORD.value: the value of a secret, which",
        ),
        ("environment/API_KEY", {"value": "hunter2"}, "environment.API_KEY.value: the value of a secret, which is not"),
        ("environment/API_KEY", "hunter2", f"environment.API_KEY: {NOT_SHOWN} (expected a section"),
        ("environment/A=hunter2", {}, "environment.A: the name is not allowed"),
        ("mattermost/variable", "https://m/hooks/hunter2", f"mattermost.variable: {NOT_SHOWN} (expected letters"),
        (
            "mattermost/url",
            "https://m/hooks/hunter2",
            "mattermost.url: unknown key\n  -> known here: variable, credent",
        ),
        (
            "git/remote",
            "https://u:hunter2@h/x",
            "git.remote: 'https://****@h/x' (expected an address without a user",
        ),
        ("git/remote", "https://hunter2@h/x", "git.remote: 'https://****@h/x' (expected an address without a user"),
        ("git/remote", "ssh://u:hunter2@h/x", "git.remote: 'ssh://****@h/x' (expected an address without a user"),
        ("git/web", "https://u:hunter2@h/x", "git.web: 'https://****@h/x' (expected an address without a user"),
    ],
)
def test_a_secret_is_refused_and_never_shown(tmp_path, path, value, sentence):
    (found,) = sentences(tmp_path, yaml.safe_dump(changed(path, value)))
    assert found.startswith(sentence)
    assert "hunter2" not in found


@pytest.mark.parametrize("name", ["KEYCLOAK_URL", "MONKEY", "NEXT_PUBLIC_MAPS_KEY", "AWS_REGION"])
def test_a_name_that_only_looks_secret_may_have_a_value(tmp_path, name):
    file = tmp_path / "canary.yml"
    file.write_text(yaml.safe_dump(changed(f"environment/{name}", {"value": "x"})))
    assert load(file).environment[name].value == "x"


def test_the_error_is_one_of_usage_and_holds_each_problem_as_data(tmp_path):
    file = tmp_path / "canary.yml"
    file.write_text(yaml.safe_dump(changed("hosts/0/port", 0), sort_keys=False))
    with pytest.raises(UsageError) as caught:
        load(file)
    assert caught.value.exit_code is ExitCode.USAGE
    assert isinstance(caught.value, ConfigInvalid)
    assert caught.value.problems == (
        Problem(str(file), 5, "hosts[0].port", "`0`", "a whole number from 1 to 65535", "correct it"),
    )
    assert caught.value.sentence == f"{file}:5: hosts[0].port: `0` ({PORT})\n  -> correct it"


def test_a_valid_file_becomes_the_model(tmp_path: Path):
    file = tmp_path / "canary.yml"
    file.write_text(yaml.safe_dump(VALID | {"steps": [10, "12.5%", 70.0]}))
    assert [step.percent for step in load(file).steps] == ["10%", "12.5%", "70%"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("known_hosts", "deploy/known_hosts"), ("/etc/key", "/etc/key"), ("~/key", "~/key"), ("~kim/key", "~kim/key")],
)
def test_a_relative_path_is_taken_from_the_folder_of_canary_yml(tmp_path, monkeypatch, written, meant):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    host = {"address": "h1", "known_hosts": written, "identity": written}
    file = Path("deploy/canary.yml")
    file.write_text(yaml.safe_dump(VALID | {"hosts": [host], "environment": {"LICENCE": {"file": written}}}))
    config = load(file)
    assert (config.hosts[0].known_hosts, config.hosts[0].identity) == (meant, meant)
    assert config.environment["LICENCE"].file == meant
