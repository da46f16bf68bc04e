"""Secrets stay where they belong: the .env files on the host and the processes that are given them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.engine.world import Mattermost, mattermost
from tests.lab.lab import Lab, Result
from tests.lab.machine import program
from tests.security.planted import BACKTICKS, Planted, Search

# An application that breaks, and says on its way all that it was given.
TELLS_ALL = """\
import json, os, sys
for name in ("API_KEY", "DB_PASSWORD"):
    value = os.environ[name]
    print("plain", value)
    print("json", json.dumps({"key": value}, ensure_ascii=False))
sys.exit(3)
"""
KEY, PASSPHRASE = "PYCANARY_KEY_DEPLOY", "PYCANARY_KEY_DEPLOY_PASSPHRASE"


class World:
    """A lab whose every secret is planted."""

    def __init__(self, lab: Lab, told: Mattermost) -> None:
        self.lab, self.told = lab, told
        self.secrets = {name: Planted(name) for name in ("API_KEY", "passphrase", "webhook")}
        self.secrets["DB_PASSWORD"] = Planted("DB_PASSWORD", BACKTICKS)
        self.search = Search(list(self.secrets.values()))
        self.results: list[Result] = []
        key = lab.hosts[0].sshd.directory / "user_key"
        phrase = self.secrets["passphrase"].value
        subprocess.run([program("ssh-keygen"), "-q", "-p", "-P", "", "-N", phrase, "-f", str(key)], check=True)
        self.key = {KEY: str(key), PASSPHRASE: phrase}
        env_file = lab.directory / "shop.env"
        password = self.secrets["DB_PASSWORD"].value.replace("\\", "\\\\")
        env_file.write_text(f"DB_PASSWORD='{password}'\n")
        self.values = {"API_KEY": self.secrets["API_KEY"].value, "PYCANARY_ENV_FILE": str(env_file)}
        self.webhook = {"MATTERMOST_URL": f"{told.url}/{self.secrets['webhook'].mark}"}
        host = {**lab.hosts[0].sshd.host().model_dump(exclude_defaults=True), "credential": "deploy"}
        del host["identity"]
        lab.configure(
            hosts=[host],
            environment={"API_KEY": {}},
            environment_file={},
            mattermost={},
            bake_seconds=1,
            steps=["70%"],
        )

    def call(self, *arguments: str, code: int = 0, **environment: str) -> Result:
        """`pycanary ARGUMENTS`, all of whose output is searched."""
        result = self.lab.pycanary(*arguments, **{**self.key, **environment})
        self.results.append(result)
        assert result.code == code, f"{' '.join(arguments)}: {result.text}"
        return result

    def deploy(self, *arguments: str, code: int = 0) -> None:
        """All stages in one process, which is given everything."""
        self.call("--debug", "deploy", *arguments, code=code, **self.values, **self.webhook)

    def build(self, type_: str, *, last: str, code: int) -> None:
        """A process for each stage, as a CI system does it: each is given only what it needs."""
        plan = self.call("plan", type_, "--save", "--json", **self.values)
        run, names = json.loads(plan.stdout)["run_id"], [each["name"] for each in json.loads(plan.stdout)["stages"]]
        for name in names[: names.index(last) + 1]:
            given = self.values if name in (names[0], "environment") else {}
            self.call("stage", name, "--run", run, code=code if name == last else 0, **given)
        self.call("stage", "finish", "--run", run, code=code, **self.webhook)


@pytest.fixture
def world(processes_lab: Lab) -> Iterator[World]:
    with mattermost(processes_lab) as told:
        del processes_lab.environment["MATTERMOST_URL"]
        processes_lab.repository.commit("the first release")
        yield World(processes_lab, told)


def may_know(line: bytes) -> bool:
    """pycanary itself, and the application: what else has a secret in its environment has no business with it."""
    words = line.split(b"\0")
    return b"pycanary" in words or b"app.py" in words or not words[0]


def test_no_secret_leaves_its_place_in_any_deployment(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    lab, search = world.lab, world.search
    with search.process_list(may_know):
        world.deploy("stable")
        lab.repository.commit()
        world.deploy("canary-auto")
        world.deploy("rollback")
        world.deploy("canary-manual", "--weight", "25%")
        world.deploy("promote-canary")
        lab.repository.commit(files={"app.py": TELLS_ALL})
        world.deploy("canary-auto", code=3)
        world.build("canary-auto", last="health", code=3)
        for command in ("status", "history", "logs"):
            world.call(command)
    for number, result in enumerate(world.results):
        search.text(f"output {number}", result.text)
    search.text("messages", json.dumps(world.told.messages, ensure_ascii=False))
    search.files(lab.directory)
    told = f"secrets seen: {len(search.found)}; places searched: {search.places}, processes: {len(search.processes)}"
    with capsys.disabled():
        print(f"\n{told}")
    assert not search.found, "\n".join(sorted(set(search.found)))
