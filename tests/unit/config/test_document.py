"""Files that are no canary.yml at all, lines, double keys; and everything at once."""

import pytest

from pycanary.config.load import load
from pycanary.config.problem import ConfigInvalid


def problems(path):
    with pytest.raises(ConfigInvalid) as caught:
        load(path)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def test_no_such_file(tmp_path):
    assert problems(tmp_path / "canary.yml") == [
        ": there is no such file\n  -> write one with `pycanary init`, or name another file"
    ]


def test_a_directory(tmp_path):
    assert problems(tmp_path) == [
        f": this is a directory (expected a file)\n  -> name the file in it, such as {tmp_path}/canary.yml"
    ]


NOT_YAML = "look at this line and the one before: indentation, a colon, a quote or a bracket"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", ": the file is empty (expected a configuration)\n  -> write one with `pycanary init`"),
        (b"# only a comment\n", ": the file is empty (expected a configuration)\n  -> write one with `pycanary init`"),
        (b"null\n", ": the file is empty (expected a configuration)\n  -> write one with `pycanary init`"),
        (
            b"just text\n",
            ":1: the file holds no keys (expected `key: value` lines)\n"
            "  -> begin with `app: NAME`, or write a new file with `pycanary init`",
        ),
        (
            b"- app: shop\n",
            ":1: the file holds no keys (expected `key: value` lines)\n"
            "  -> begin with `app: NAME`, or write a new file with `pycanary init`",
        ),
        (b"app: shop\npath: \xff\n", ":2: byte 0xff is not UTF-8 (expected UTF-8)\n  -> save the file as UTF-8"),
        (
            b"git:\n\tremote: x\n",
            ":2: a tab at the start of a line (expected spaces)\n  -> replace tabs by spaces",
        ),
        (
            b"app: shop\npath: \x07\n",
            ":2: the character U+0007 is not allowed in YAML (expected printable text)\n  -> delete it",
        ),
        (
            b"app: shop\nhosts: [\n",
            ":3: the file is not YAML: expected the node content, but found '<stream end>' (expected YAML)\n"
            f"  -> {NOT_YAML}",
        ),
        (
            b"app: shop\n---\napp: shop\n",
            f":2: the file is not YAML: but found another document (expected YAML)\n  -> {NOT_YAML}",
        ),
        (
            b"app: !!python/object:os.system x\n",
            ":1: the file is not YAML: could not determine a constructor for the tag "
            f"'tag:yaml.org,2002:python/object:os.system' (expected YAML)\n  -> {NOT_YAML}",
        ),
        (
            b"app: 2026-13-45\n",
            f":1: the file is not YAML: month must be in 1..12 (expected YAML)\n  -> {NOT_YAML}",
        ),
        (
            b"app: &a [*a]\nhosts: &h {<<: *h}\n",
            ": the file is nested without end (expected at most four levels)\n"
            "  -> look for an alias (*NAME) inside its own anchor (&NAME)",
        ),
    ],
)
def test_what_is_no_configuration_gets_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "canary.yml"
    file.write_bytes(content)
    assert problems(file) == [sentence]


def test_a_syntax_error_never_shows_the_line_which_may_hold_a_secret(tmp_path):
    file = tmp_path / "canary.yml"
    file.write_text("environment:\n  API_KEY: {value: 'hunter2\n")
    assert "hunter2" not in "".join(problems(file))


VALID = """\
app: shop
path: /srv/shop
hosts: [{address: h1}]
git: {remote: x}
services:
  web: {stable: 3001, canary: 3002}
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "app: shop\n",
            ":7: app: the key stands twice, first in line 1 (expected each key once)\n  -> keep one of the two",
        ),
        ("on: 1\n", ':7: on: YAML does not read the key `on` as text (expected text)\n  -> put it in quotes: "on"'),
        (
            "environment: {5: {}}\n",
            ':7: environment.5: YAML does not read the key `5` as text (expected text)\n  -> put it in quotes: "5"',
        ),
        (
            "nginx: {status_port: 3001}\n",
            ":6: services.web.stable: 3001 is both nginx.status_port and services.web.stable"
            " (expected each port once)\n  -> correct one of them",
        ),
        (
            "compose: {}\ncommands: {start: a, stop: b, running: c, logs: d}\n",
            ":8: commands: both compose and commands (expected one runtime)\n  -> correct one of them",
        ),
    ],
)
def test_a_conflict_stands_at_its_line(tmp_path, text, sentence):
    file = tmp_path / "canary.yml"
    file.write_text(VALID + text)
    assert problems(file) == [sentence]


def test_anchors_and_merged_keys_keep_their_lines(tmp_path):
    file = tmp_path / "canary.yml"
    file.write_text(
        VALID.replace(
            "[{address: h1}]", "\n  - &first\n    address: h1\n    port: 0\n  - <<: *first\n    address: h2\n"
        )
    )
    port = "`0` (expected a whole number from 1 to 65535)\n  -> correct it"
    assert problems(file) == [f":6: hosts[0].port: {port}", f":6: hosts[1].port: {port}"]


def test_aliases_that_multiply_cost_nothing(tmp_path):
    file = tmp_path / "canary.yml"
    levels = "".join(f"x{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 9)}]\n" for n in range(12))
    file.write_text(f"x0: &x0 [1]\n{levels}{VALID}")
    assert len(problems(file)) == 13


def test_everything_is_said_at_once_in_the_order_of_the_lines(tmp_path):
    file = tmp_path / "canary.yml"
    file.write_text("""\
app: Shop
hosts: [{address: h1, prt: 22}, {address: h1}, {address: h1}]
git: {remote: x, branch: 5}
services:
  web: {stable: 3001, canary: 3001}
  api: {stable: abc}
nginx: {certificate: /a, arguments: [1]}
steps: [40%, 10%, x]
environment:
  TOKEN: {value: a, file: b}
bake: 3
""")
    assert [sentence.partition("\n")[0] for sentence in problems(file)] == [
        ":1: app: 'Shop' (expected lower-case letters, digits and hyphens, a letter first, at most 32)",
        ":1: path: this required key is missing",
        ":2: hosts[0].prt: unknown key",
        ":2: hosts: h1 stands twice in hosts (expected each host once)",
        ":3: git.branch: `5` (expected text that is not empty)",
        ":5: services.web.canary: 3001 is both services.web.stable and services.web.canary (expected each port once)",
        ":6: services.api.stable: 'abc' (expected a whole number from 1 to 65535)",
        ":6: services.api.canary: this required key is missing",
        ":7: nginx.arguments[0]: `1` (expected text that is not empty)",
        ":7: nginx: they do not fit together (expected certificate and certificate_key together, or neither)",
        ":8: steps[2]: weight 'x' is not a percentage (expected a share such as 25% or 0.5%)",
        ":8: steps: steps 40%, 10% (expected shares that rise)",
        ":10: environment.TOKEN.value: the value of a secret, which is not shown (expected no secret in canary.yml)",
        ":10: environment.TOKEN: they do not fit together (expected one of value, variable and file)",
        ":11: bake: unknown key",
    ]
