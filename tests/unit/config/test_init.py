"""The first canary.yml is valid as it stands, whatever the directory and the remote are called."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycanary.config.init import app_name, origin, template
from pycanary.config.load import load

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=50)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop", "shop"),
        ("My Shop_2", "my-shop-2"),
        ("--x--", "x"),
        ("2048", "app-2048"),
        ("가게", "app"),
        ("", "app"),
        ("a" * 40, "a" * 32),
        ("a" * 31 + "-b", "a" * 31),
    ],
)
def test_a_directorys_name_becomes_an_app(text, name):
    assert app_name(text) == name


def loaded(tmp_path, text):
    file = tmp_path / "canary.yml"
    file.write_text(text)
    return load(file)


def test_what_is_known_is_filled_in_and_the_rest_says_change(tmp_path):
    text = template("My Shop", "git@gitlab.example.com:team/shop.git")
    config = loaded(tmp_path, text)
    assert (config.app, config.path) == ("my-shop", "/srv/my-shop")
    assert config.git.remote == "git@gitlab.example.com:team/shop.git"
    assert [line.strip() for line in text.splitlines() if "CHANGE" in line] == [
        "- address: host1.example.com  # CHANGE: as SSH reaches it",
        "# CHANGE: the programs of the stack, with the port of each in the two slots.",
        "# CHANGE: the variables of the containers, here those of AWS S3 and Claude; each is required.",
        "AWS_S3_BUCKET: {value: my-shop}  # CHANGE",
    ]


def test_an_unknown_remote_is_to_be_changed():
    assert "  remote: git@gitlab.example.com:team/shop.git  # CHANGE: as the host reaches it\n" in template(
        "shop", None
    )


@pytest.mark.parametrize("app", ["on", "no", "null", "123", "1e3"])
def test_a_name_that_yaml_would_not_read_as_text_is_quoted(tmp_path, app):
    assert loaded(tmp_path, template(app, None)).app == app_name(app)


def test_a_password_in_the_remote_is_left_out(tmp_path):
    text = template("shop", "https://oauth2:hunter2@gitlab.example.com/team/shop.git")
    assert loaded(tmp_path, text).git.remote == "https://gitlab.example.com/team/shop.git"


@given(app=ANY_TEXT, remote=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_any_names_give_a_valid_file(tmp_path_factory, app, remote):
    config = loaded(tmp_path_factory.mktemp("init"), template(app, f"/srv/{remote} x.git"))
    assert config.git.remote == f"/srv/{remote} x.git"


def test_every_comment_out_of_a_default_is_valid_too(tmp_path):
    commented = ("compose", "  shared", "  stable", "  canary", "steps", "bake_seconds", "mattermost", "  credential")
    lines = template("shop", None).splitlines()
    opened = [line[2:] if line.startswith(tuple(f"# {key}:" for key in commented)) else line for line in lines]
    config = loaded(tmp_path, "\n".join(opened))
    assert config.mattermost is not None
    assert config.compose is not None


def test_the_remote_is_the_repositorys_origin(tmp_path):
    assert origin(tmp_path) is None
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert origin(tmp_path) is None
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", "git@h:t/x.git"], check=True)
    assert origin(tmp_path) == "git@h:t/x.git"
