"""Builds without a Jenkins: the Jenkinsfile in its interpreter, with a shell that really executes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.lab import Lab
from tests.lab.machine import ROOT, SYSTEM_PATH, program, stop, wait_until

MAVEN = ROOT / "tests/groovy"
BUILD_SECONDS = 400
PASSPHRASE = "it's $(open)"


def tested(directory: Path) -> tuple[str, str]:
    """One Maven run for all: compile the harness, run its tests; the class path, and what Maven said."""
    listed = directory / "classpath"
    goals = (
        "test",
        "-Dmaven.test.failure.ignore",
        f"-Dpython={sys.executable}",
        "dependency:build-classpath",
        f"-Dmdep.outputFile={listed}",
    )
    done = subprocess.run([program("mvn"), "-q", "-B", *goals], cwd=MAVEN, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return f"{MAVEN / 'target/test-classes'}:{listed.read_text().strip()}", said


@dataclass
class JenkinsBuild:
    """A started build."""

    process: subprocess.Popen[str]
    directory: Path
    lines: list[str] = field(default_factory=list)
    console: str = ""

    def wait_for_line(self, text: str) -> None:
        """Return once the console shows it."""
        wait_until(lambda: text in self.log.read_text() or self.process.poll() is not None, text, BUILD_SECONDS)
        assert text in self.log.read_text(), self.log.read_text()

    @property
    def log(self) -> Path:
        """The console so far."""
        return self.directory / "console"

    def abort(self) -> None:
        """Press the button."""
        (self.directory / "abort").touch()

    def go_on(self) -> None:
        """An executor is free."""
        (self.directory / "free").touch()

    def end(self) -> dict[str, Any]:
        """The build's result, page, stages and what it archived."""
        self.process.wait(timeout=BUILD_SECONDS)
        self.console = self.log.read_text()
        written = self.directory / "result.json"
        assert written.exists(), self.console
        ended: dict[str, Any] = json.loads(written.read_text())
        return ended


class Jenkins:
    """One job, whose workspace is a checkout of the lab's repository."""

    def __init__(self, lab: Lab, directory: Path, classpath: str, cache: Path) -> None:
        self.lab, self.directory, self.classpath, self.cache = lab, directory, classpath, cache
        self.credentials: dict[str, dict[str, str]] = {}
        self.files: dict[str, str] = {}
        self.started: list[subprocess.Popen[str]] = []
        self.last: JenkinsBuild  # that `build` saw to its end
        self._count = 0

    @property
    def by_hand(self) -> dict[str, str]:
        """The environment of somebody who calls pycanary without Jenkins."""
        key = self.lab.hosts[0].sshd.directory / "user_key"
        return {"PYCANARY_KEY_DEPLOY_KEY": str(key), "ANTHROPIC_API_KEY": "sk-ant-very-secret"}

    def start(self, environ: dict[str, str] | None = None, *, waits_before: str = "", **params: str) -> JenkinsBuild:
        """A build of the branch's newest commit. environ: what a trigger adds; params: what a person chose.

        waits_before: the stage for which no executor is free.
        """
        self._count += 1
        own = self.directory / f"build-{self._count}"
        workspace = own / "workspace"
        workspace.parent.mkdir(parents=True)
        self.lab.repository.git("clone", "-q", str(self.lab.repository.bare), str(workspace), where=own)
        commit = self.lab.repository.git("rev-parse", "HEAD", where=workspace).strip()
        (own / "home").mkdir()
        env = {
            "PATH": SYSTEM_PATH,
            "HOME": str(own / "home"),
            "LANG": "C.UTF-8",
            "PYCANARY_CACHE": str(self.cache),
            "BUILD_NUMBER": str(self._count),
            "BUILD_URL": f"https://jenkins.example.com/job/shop/{self._count}/",
            "GIT_COMMIT": commit,
            "GIT_BRANCH": "origin/develop",
            **{name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_CERT"))},
            **(environ or {}),
        }
        given = {
            "library": str(ROOT),
            "workspace": str(workspace),
            "pipeline": str(workspace / "Jenkinsfile"),
            "abort": str(own / "abort"),
            "waits": {waits_before: str(own / "free")},
            "result": str(own / "result.json"),
            "env": env,
            "params": params,
            "credentials": self.credentials,
        }
        (own / "build.json").write_text(json.dumps(given))
        log = (own / "console").open("w")
        process = subprocess.Popen(
            [program("java"), "-cp", self.classpath, "RealBuild", str(own / "build.json")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        log.close()
        self.started.append(process)
        return JenkinsBuild(process, own)

    def close(self) -> None:
        """End what still builds: a test that failed awaits it no more."""
        for process in self.started:
            if process.poll() is None:
                stop(process)

    def build(self, environ: dict[str, str] | None = None, **params: str) -> tuple[dict[str, Any], str]:
        """A whole build: how it ended, and its console."""
        self.last = self.start(environ, **params)
        ended = self.last.end()
        return ended, self.last.console


def job(lab: Lab, directory: Path, classpath: str, cache: Path, **changes: Any) -> Jenkins:
    """A job of the lab's application: its canary.yml (with these changes) and Jenkinsfile, its credentials."""
    made = Jenkins(lab, directory, classpath, cache)
    described = lab.hosts[0].sshd.host().model_dump(exclude_defaults=True)
    made.credentials["deploy-key"] = {
        "type": "SSHUserPrivateKeyBinding",
        "keyFileVariable": _locked(Path(described.pop("identity")), directory),
        "passphraseVariable": PASSPHRASE,
    }
    made.credentials["dotenv"] = {"type": "FileBinding", "variable": "FROM_FILE='a whole .env file'\n"}
    made.credentials["claude"] = {"type": "StringBinding", "variable": "sk-ant-very-secret"}
    lab.configure(
        hosts=[{**described, "credential": "deploy-key"}],
        **{"environment": {"ANTHROPIC_API_KEY": {"credential": "claude"}}, **changes},
    )
    made.files = {"canary.yml": lab.config_path.read_text(), "Jenkinsfile": (ROOT / "Jenkinsfile").read_text()}
    return made


def _locked(key: Path, directory: Path) -> str:
    """The text of that key, with a passphrase."""
    directory.mkdir(parents=True)
    copy = shutil.copy(key, directory / "locked")
    subprocess.run([program("ssh-keygen"), "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", copy], check=True)
    return Path(copy).read_text()
