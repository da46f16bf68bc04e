"""The example and the reference are what the model says, key by key."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import yaml
from jsonschema import Draft202012Validator

from pycanary.config.fields import Expected, Section
from pycanary.config.keys import ANY, fields
from pycanary.config.load import load
from pycanary.config.reference import reference
from pycanary.config.schema import schema
from pycanary.model.deployment import DeploymentType
from pycanary.plan import Request, make_plan

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/canary-yml.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
SHORT = ROOT / "examples/shop/canary.yml"
COLLECTIONS = ("hosts", "services", "environment")


def keys_in(value, path=()):
    """Every key of a file, names and indices as ANY."""
    if isinstance(value, list):
        return {path, *(key for entry in value for key in keys_in(entry, (*path, ANY)))}
    if not isinstance(value, dict):
        return {path}
    named = path in {(name,) for name in COLLECTIONS}
    return {path, *(key for name, entry in value.items() for key in keys_in(entry, (*path, ANY if named else name)))}


@pytest.mark.parametrize("text", EXAMPLES, ids=["compose", "commands"])
def test_the_documented_examples_are_valid(tmp_path, text):
    file = tmp_path / "canary.yml"
    file.write_text(text)
    assert load(file).app == "shop"


def test_every_key_is_in_an_example():
    shown = set().union(*(keys_in(yaml.safe_load(text)) for text in EXAMPLES))
    assert [".".join(keys) for keys, _ in fields() if keys not in shown] == []


def test_the_table_of_keys_is_the_models():
    assert DOCUMENT.endswith(f"-->\n{reference()}"), "write the table again as its comment says"


def test_every_key_is_described():
    assert [".".join(keys) for keys, field in fields() if not field.description] == []


def annotated(hint):
    """Every Annotated type in a type, with what stands beside it."""
    return [getattr(hint, "__metadata__", ()), *(found for part in get_args(hint) for found in annotated(part))]


def test_every_pattern_is_said_in_words():
    hints = [hint for each in Section.__subclasses__() for hint in get_type_hints(each, include_extras=True).values()]
    patterns = [beside for hint in hints for beside in annotated(hint) if "pattern=" in str(beside)]
    assert len(patterns) > 5
    assert [beside for beside in patterns if not any(isinstance(each, Expected) for each in beside)] == []


def test_the_missions_stack_fits_in_25_lines():
    lines = [line for line in SHORT.read_text().splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) <= 25
    config = load(SHORT)
    assert {name: (service.stable, service.canary) for name, service in config.services.items()} == {
        "frontend": (3001, 3002),
        "backend": (8081, 8082),
        "python": (8010, 8020),
    }
    assert config.mattermost is not None
    assert config.mattermost.credential == "mattermost-webhook"
    assert {variable.credential for variable in config.environment.values()} == {"aws-s3", "claude-api-key"}


def test_the_example_has_a_plan():
    plan = make_plan(load(SHORT), Request(type=DeploymentType.CANARY_AUTO), "run-1")
    assert [stage.name for stage in plan.stages][-4:] == ["shift-10", "shift-40", "shift-70", "finish"]


def test_the_pipeline_of_the_example_is_the_one_to_copy():
    assert (SHORT.with_name("Jenkinsfile")).read_text() == (ROOT / "Jenkinsfile").read_text()


def test_the_example_of_an_env_file_has_what_the_compose_files_ask_for():
    compose = "".join(file.read_text() for file in SHORT.parent.glob("compose.*.yml"))
    asked = set(re.findall(r"\$\{(\w+):\?", compose)) - {"APP", "COMMIT", "SLOT", "TZ"}
    lines = re.findall(r"^(\w+)=", SHORT.with_name(".env.example").read_text(), re.MULTILINE)
    assert set(lines) == asked
    assert set(load(SHORT).environment) <= asked


@pytest.mark.parametrize("text", [*EXAMPLES, SHORT.read_text()], ids=["compose", "commands", "short"])
def test_an_editor_accepts_what_we_accept(text):
    Draft202012Validator.check_schema(schema())
    assert list(Draft202012Validator(schema()).iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": [10, "40%", 70.5]}, None),
        ({"steps": ["100%"]}, "'100%' is not valid under any of the given schemas"),
        ({"steps": ["12.34%"]}, "'12.34%' is not valid under any of the given schemas"),
        ({"bake": 3}, "Additional properties are not allowed ('bake' was unexpected)"),
        ({"bake_seconds": "30"}, "'30' is not of type 'integer'"),
        ({"hosts": []}, "[] should be non-empty"),
        ({"app": "Shop"}, "'Shop' does not match '^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$'"),
    ],
)
def test_an_editor_shows_what_we_refuse(change, message):
    errors = Draft202012Validator(schema()).iter_errors(yaml.safe_load(SHORT.read_text()) | change)
    assert [error.message for error in errors] == ([message] if message else [])


def test_the_schema_names_its_dialect_and_shows_shares_as_people_write_them():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema()["properties"]["steps"]["default"] == ["10%", "40%", "70%"]
