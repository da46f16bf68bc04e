"""Whatever stands in the file, the answer is a configuration or a list of problems, never another exception."""

import copy
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pycanary.config.keys import ANY, fields
from pycanary.config.load import load
from pycanary.config.problem import ConfigInvalid

SHORT = yaml.safe_load((Path(__file__).parents[3] / "examples/shop/canary.yml").read_text())
VALUES = [
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    float("nan"),
    "",
    "x",
    "\x1b",
    "10%",
    [],
    [None],
    [[]],
    {},
    {"x": None},
    {5: 6},
]
PATHS = [keys for keys, _ in fields()]


def answer(file):
    try:
        load(file)
    except ConfigInvalid as error:
        assert error.problems
        assert all(str(problem).startswith(str(file)) for problem in error.problems)


def replaced(path, value):
    data = copy.deepcopy(SHORT)
    at = data
    for number, part in enumerate(path):
        last = number == len(path) - 1
        key = 0 if isinstance(at, list) else "x" if part == ANY else part
        if last:
            at[key] = value
        elif isinstance(at, dict):
            at = at.setdefault(key, {})
        else:
            at = at[key]
    return data


@settings(max_examples=200, deadline=None)
@given(path=st.sampled_from(PATHS), value=st.sampled_from(VALUES))
def test_any_key_with_any_kind_of_value(tmp_path_factory, path, value):
    file = tmp_path_factory.mktemp("any") / "canary.yml"
    file.write_text(yaml.safe_dump(replaced(path, value), allow_unicode=True))
    answer(file)


@given(st.binary(max_size=200) | st.text(st.sampled_from("ab:-[]{}&*<!|>'\"#%? \n\t0"), max_size=60).map(str.encode))
def test_any_bytes(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("any") / "canary.yml"
    file.write_bytes(content)
    answer(file)
