"""The shared library as text: its lint, its help, its scripts."""

from __future__ import annotations

import os
import re
import subprocess

from pycanary.jenkins.build import ARGUMENTS
from tests.lab.machine import ROOT, program

GROOVY = ROOT / "tests/groovy"
LINT = GROOVY / "node_modules/.bin/npm-groovy-lint"


def test_the_lint_of_all_groovy() -> None:
    program("node")
    subprocess.run(
        [program("npm"), "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"],
        cwd=GROOVY,
        check=True,
        env={**os.environ, "npm_config_update_notifier": "false"},
    )
    # Everything that the linter has to say of what users run; of the tests, what is more than style.
    for config, level, paths in (
        (ROOT, "info", ("vars", "Jenkinsfile")),
        (GROOVY / "src", "warning", ("tests/groovy/src",)),
    ):
        done = subprocess.run(
            [LINT, "--noserver", "--config", config, "--loglevel", level, "--failon", level, *paths],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "0" not in re.findall(r"in (?:\x1b\[\d+m)?(\d+)", done.stdout), "it found no file to look at"


def test_the_help_names_every_argument() -> None:
    text = (ROOT / "vars/canaryDeploy.txt").read_text()
    assert re.findall(r"^([a-z]+) {2,}", text, re.MULTILINE) == list(ARGUMENTS)
    code = (ROOT / "vars/canaryDeploy.groovy").read_text()
    assert [name for name in ARGUMENTS if f"'{name}'" not in code and f"args.{name}" not in code] == []


def test_the_scripts_in_groovy_are_never_interpolated() -> None:
    code = (ROOT / "vars/canaryDeploy.groovy").read_text()
    scripts = re.findall(r"script: (.)(.*)", code)
    assert len(scripts) == 3
    assert all(quote == "'" and "exec " in text for quote, text in scripts)
