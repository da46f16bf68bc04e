"""Where each value comes from, and everything that is missing in one sentence."""

import pytest

from pycanary.config.model import Config
from pycanary.environment.collect import collect
from pycanary.errors import ExitCode, UsageError
from pycanary.secret import Secret

MINIMAL = {
    "app": "shop",
    "path": "/srv/shop",
    "hosts": [{"address": "h1"}],
    "git": {"remote": "x"},
    "services": {"web": {"stable": 3001, "canary": 3002}},
}
HEAD = "the environment of the containers is not complete\n  "
REMEDY = "\n  -> set what is missing; `required: false` in canary.yml lets a variable be absent"


def config(environment, environment_file=None):
    return Config.model_validate(MINIMAL | {"environment": environment, "environment_file": environment_file})


def values(environment, environ, environment_file=None):
    collected = collect(config(environment, environment_file), environ)
    assert all(isinstance(value, Secret) for value in collected.values())
    return {name: value.reveal() for name, value in collected.items()}


def faults(environment, environ, environment_file=None):
    with pytest.raises(UsageError) as caught:
        collect(config(environment, environment_file), environ)
    assert caught.value.exit_code is ExitCode.USAGE
    sentence = caught.value.sentence
    assert sentence.startswith(HEAD)
    assert sentence.endswith(REMEDY)
    return sentence.removeprefix(HEAD).removesuffix(REMEDY).split("\n  ")


def test_each_source_gives_its_value_unchanged(tmp_path):
    (tmp_path / "licence").write_bytes(b" a'b\"$\\ \n")
    environment = {
        "PLAIN": {"value": "x $HOME"},
        "SAME": {},
        "OTHER": {"variable": "SOURCE"},
        "LICENCE": {"file": str(tmp_path / "licence")},
        "BOUND": {"credential": "c", "kind": "file", "variable": "BOUND_PATH"},
        "ABSENT": {"required": False},
        "EMPTY": {"value": "", "required": False},
    }
    environ = {"SAME": " s ", "SOURCE": "유", "BOUND_PATH": str(tmp_path / "licence"), "PLAIN": "no"}
    assert values(environment, environ) == {
        "PLAIN": "x $HOME",
        "SAME": " s ",
        "OTHER": "유",
        "LICENCE": " a'b\"$\\ ",
        "BOUND": " a'b\"$\\ ",
        "EMPTY": "",
    }


def test_aws_s3_and_claude_are_wanted_by_default():
    with pytest.raises(UsageError) as caught:
        collect(Config.model_validate(MINIMAL), {"AWS_REGION": "x"})
    assert caught.value.sentence == (
        f"{HEAD}AWS_ACCESS_KEY_ID: the variable AWS_ACCESS_KEY_ID is not set\n"
        "  AWS_SECRET_ACCESS_KEY: the variable AWS_SECRET_ACCESS_KEY is not set\n"
        "  AWS_S3_BUCKET: the variable AWS_S3_BUCKET is not set\n"
        f"  ANTHROPIC_API_KEY: the variable ANTHROPIC_API_KEY is not set{REMEDY}"
    )


def test_all_that_is_missing_is_named_with_where_it_was_looked_for(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff")
    environment = {
        "A": {},
        "B": {"variable": "SOURCE", "credential": "aws"},
        "C": {},
        "D": {"file": "/nowhere/licence"},
        "E": {"file": str(tmp_path / "empty")},
        "F": {"file": str(tmp_path / "binary")},
        "G": {"file": str(tmp_path)},
        "H": {"value": ""},
        "I": {"credential": "c", "kind": "file"},
    }
    assert faults(environment, {"C": "", "I": "/nowhere/key"}) == [
        "A: the variable A is not set",
        "B: the variable SOURCE (Jenkins credential aws) is not set",
        "C: the variable C is empty",
        "D: file /nowhere/licence cannot be read: No such file or directory",
        f"E: file {tmp_path}/empty is empty",
        f"F: file {tmp_path}/binary is not UTF-8 text",
        f"G: file {tmp_path} cannot be read: Is a directory",
        "H: its value in canary.yml is empty",
        "I: the file that the variable I (Jenkins credential c) names cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (
            "hunter2\nx",
            "A: its value has more than one line, which no .env file holds; encode it, for example in Base64",
        ),
        (
            "hunter2\n",
            "A: its value has more than one line, which no .env file holds; encode it, for example in Base64",
        ),
        ("hunter2\0", "A: its value holds a NUL character, which no container can be given"),
        ("hunter2\udcff", "A: its value is not UTF-8 text"),
    ],
)
def test_what_no_env_file_holds_is_refused_without_showing_it(value, fault):
    assert faults({"A": {}}, {"A": value}) == [fault]


ENV_FILE = {"variable": "ENV", "credential": "shop-env"}


def test_a_whole_env_file_is_taken_as_it_stands_and_single_variables_win(tmp_path):
    file = tmp_path / ".env"
    file.write_bytes(
        b"\xef\xbb\xbf# a comment\r\nexport A=1\r\nB='it is $HOME' # said\nC=\"x\\ty\"\nD=\nE=file\nF=file\n\n"
    )
    environment = {"E": {"value": "single"}, "F": {}, "G": {"required": False}}
    assert values(environment, {"ENV": str(file), "G": "g"}, ENV_FILE) == {
        "A": "1",
        "B": "it is $HOME",
        "C": "x\ty",
        "D": "",
        "E": "single",
        "F": "file",
        "G": "g",
    }


def test_the_env_file_is_one_more_place_where_a_variable_was_looked_for(tmp_path):
    file = tmp_path / ".env"
    file.write_text("B=\n")
    assert faults({"A": {}, "B": {}}, {"ENV": str(file)}, ENV_FILE) == [
        "A: the variable A is not set, and the .env file has no such line",
        "B: the variable B is not set, and its line in the .env file is empty",
    ]


def test_a_bad_env_file_is_named_by_line_without_showing_it(tmp_path):
    file = tmp_path / ".env"
    file.write_text('A=1\nhunter2\n1B=hunter2\nC=\'hunter2\nD="two\nlines"\n')
    found = faults({}, {"ENV": str(file)}, ENV_FILE)
    assert found == [
        ".env file: line 2 is not NAME=VALUE",
        ".env file: line 3 is not NAME=VALUE",
        ".env file: line 4 is not NAME=VALUE",
        "D: its value has more than one line, which no .env file holds; encode it, for example in Base64",
    ]


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({}, ".env file: the variable ENV (Jenkins credential shop-env), which names it, is not set"),
        (
            {"ENV": "/nowhere"},
            ".env file: the .env file that the variable ENV (Jenkins credential shop-env) names cannot be read: "
            "No such file or directory",
        ),
    ],
)
def test_a_missing_env_file_is_said(environ, fault):
    assert faults({}, environ, ENV_FILE) == [fault]
