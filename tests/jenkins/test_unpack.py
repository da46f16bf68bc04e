"""How the shared library's package comes to an agent, on real interpreters and file systems."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.machine import AS_ROOT, ROOT, program
from tools.bundle import LOCK, TARGET, bundle

SCRIPT = ROOT / "resources/pycanary/jenkins/unpack.sh"


class Agent:
    """One agent: its cache, and the temporary folders of its builds."""

    def __init__(self, directory: Path, cache: Path) -> None:
        self.directory, self.cache = directory, cache
        self._count = 0

    def build(
        self, environ: Mapping[str, str] | None = None, shell: tuple[str, ...] = ("/bin/sh",)
    ) -> tuple[int, str, Path]:
        """One build: the exit code of unpack.sh, what it said, and the build's temporary folder."""
        self._count += 1
        home = self.directory / f"build {self._count} it's"
        home.mkdir(parents=True)
        (home / "bundle.zip").write_bytes(bundle())
        for name in ("click", "logging", "secrets", "yaml"):
            file = home / "checkout" / f"{name}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text("raise SystemExit('a module of the application was imported')\n")
        given = {
            "PATH": os.environ["PATH"],
            "PYCANARY_HOME": str(home),
            "PYCANARY_CACHE": str(self.cache),
            "PYCANARY_PYTHON": sys.executable,
            **{name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_CERT"))},
            **(environ or {}),
        }
        done = subprocess.run(
            [*shell, str(SCRIPT)], env=given, capture_output=True, text=True, check=False, cwd=home / "checkout"
        )
        return done.returncode, done.stdout + done.stderr, home

    def run(self, home: Path, *arguments: str) -> str:
        """pycanary as a stage calls it."""
        environ = {"PATH": os.environ["PATH"], "PYCANARY_CONFIG": str(ROOT / "examples/shop/canary.yml")}
        done = subprocess.run(
            ["/bin/sh", str(home / "pycanary"), *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
            cwd=home / "checkout",
        )
        return done.stdout


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory, agent_cache: Path) -> Agent:
    """An agent that had a build already."""
    agent = Agent(tmp_path_factory.mktemp("warm"), agent_cache)
    code, said, _ = agent.build()
    assert code == 0, said
    return agent


@pytest.fixture
def cold(tmp_path: Path) -> Agent:
    """An agent without a cache."""
    return Agent(tmp_path / "builds", tmp_path / "cache")


def stub(directory: Path, name: str, body: str) -> Path:
    """A program of that name; the directory, to be put on PATH."""
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{body}\n")
    (directory / name).chmod(0o755)
    return directory


def without_pip_index() -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": ""}


def test_the_bundle_is_what_make_bundle_writes() -> None:
    assert bundle() == bundle()
    assert TARGET.read_bytes() == bundle(), "run `make bundle`"


def test_the_lock_holds_every_requirement_within_its_bounds() -> None:
    import configparser

    from packaging.requirements import Requirement

    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    wanted = [
        Requirement(line) for line in setup["options"]["install_requires"].splitlines() if line and line[0] != "#"
    ]
    locked = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", LOCK.read_text(), re.MULTILINE))
    assert [str(each) for each in wanted if not each.specifier.contains(locked.get(each.name, "0"))] == []
    entries = re.split(r"\n(?=[a-z])", LOCK.read_text())[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "http" not in LOCK.read_text()


def without_venv(directory: Path) -> str:
    """A Python that cannot make environments, as Debian's without python3-venv; it ends where one is to be made."""
    body = f'case "$*" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac'
    return str(stub(directory / "bare", "python3", body) / "python3")


def test_the_second_build_installs_nothing_and_runs_the_same(warm: Agent) -> None:
    code, said, home = warm.build(without_pip_index())
    assert code == 0, said
    assert "installing" not in said
    assert said.startswith("pycanary 0.1.0 (")
    assert "shift-70" in warm.run(home, "plan", "canary-auto")


def test_two_cold_builds_at_once_and_one_that_was_killed(cold: Agent, wheels: Path, tmp_path: Path) -> None:
    """One in the shell of Alpine, with its programs."""
    half = cold.cache / ".new-killed"
    (half / "venv").mkdir(parents=True)
    os.utime(half, (0, 0))
    foreign = cold.cache / "npm"
    foreign.mkdir()
    os.utime(foreign, (0, 0))
    (tmp_path / "applets").mkdir()
    subprocess.run([program("busybox"), "--install", "-s", tmp_path / "applets"], check=True)
    given = {"PYCANARY_WHEELS": str(wheels)}
    alpine = {**given, "PATH": str(tmp_path / "applets")}
    with ThreadPoolExecutor(2) as both:
        started = [
            both.submit(cold.build, given),
            both.submit(cold.build, alpine, shell=(program("busybox"), "sh")),
        ]
        ended = [each.result() for each in started]
    for code, said, home in ended:
        assert code == 0, said
        assert "rollback" in cold.run(home, "plan", "rollback")
    assert foreign.is_dir()
    assert len(list(cold.cache.iterdir())) == 2


def test_every_package_of_the_lock_has_a_wheel_for_alpine(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    alpine = ("--platform", "musllinux_1_2_x86_64", "--platform", "musllinux_1_1_x86_64")
    only = ("--only-binary", ":all:", "--require-hashes")
    subprocess.run([*pip, *only, *alpine, "-d", tmp_path, "-r", LOCK], check=True)
    binary = [each.name for each in tmp_path.iterdir() if not each.name.endswith("-none-any.whl")]
    assert binary
    assert [name for name in binary if "musllinux" not in name] == []


def test_a_damaged_environment_is_made_anew(warm: Agent, tmp_path: Path, wheels: Path) -> None:
    own = Agent(tmp_path / "builds", tmp_path / "cache")
    _, said, _ = warm.build()
    kept = warm.cache / said.partition("(")[2].partition(")")[0]  # others of this session may lie beside it
    shutil.copytree(kept, own.cache / kept.name, symlinks=True)
    next((own.cache / kept.name).glob("lib/python*/site-packages/pycanary/cli/main.py")).write_text("damaged(")
    for cached in (own.cache / kept.name).glob("lib/python*/site-packages/pycanary/cli/__pycache__/main*"):
        cached.unlink()
    code, said, home = own.build({"PYCANARY_WHEELS": str(wheels)})
    assert code == 0, said
    assert "installing" in said
    assert "rollback" in own.run(home, "plan", "rollback")


@pytest.mark.parametrize("home", [{}, {"HOME": "/proc"}, {"HOME": ""}], ids=["none", "read-only", "empty"])
def test_without_a_home_the_builds_own_folder_is_the_cache(tmp_path: Path, home: dict[str, str]) -> None:
    agent = Agent(tmp_path, tmp_path / "unused")
    code, said, folder = agent.build({"PYCANARY_CACHE": "", "PYCANARY_PYTHON": without_venv(tmp_path), **home})
    assert code == 2
    assert f"installing pycanary 0.1.0 into {folder}/cache" in said


def test_a_cache_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    agent = Agent(tmp_path, Path("/proc/pycanary"))
    code, said, _ = agent.build({"XDG_CACHE_HOME": str(tmp_path / "xdg"), "PYCANARY_PYTHON": without_venv(tmp_path)})
    assert code == 2
    assert f"installing pycanary 0.1.0 into {tmp_path}/xdg/pycanary" in said


def test_a_full_disk(tmp_path: Path, cold: Agent) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run([*AS_ROOT, "mount", "-t", "tmpfs", "-o", "size=8m,mode=777", "tmpfs", str(small)], check=True)
    try:
        code, said, _ = cold.build({"PYCANARY_CACHE": str(small)})
    finally:
        subprocess.run([*AS_ROOT, "umount", str(small)], check=True)
    assert code == 2
    assert f"the disk with {small} is full" in said
    assert "set PYCANARY_CACHE to another disk" in said


def test_no_python(cold: Agent, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    code, said, _ = cold.build({"PATH": str(empty), "PYCANARY_PYTHON": ""})
    assert code == 2
    assert "there is no python3" in said
    assert "-> install Python 3.10 or newer with venv" in said


def test_too_old_a_python(cold: Agent, tmp_path: Path) -> None:
    old = stub(tmp_path / "bin", "python3", 'case $1 in -V) echo "Python 3.8.10" ;; *) exit 1 ;; esac')
    code, said, _ = cold.build({"PATH": str(old), "PYCANARY_PYTHON": ""})
    assert code == 2
    assert "it needs Python 3.10 or newer, found Python 3.8.10" in said
    assert "canaryDeploy(python: '/usr/bin/python3.12')" in said


def test_a_python_without_venv(cold: Agent, tmp_path: Path) -> None:
    code, said, _ = cold.build({"PYCANARY_PYTHON": without_venv(tmp_path)})
    assert code == 2
    assert "has no module venv" in said
    assert "apt-get install python3-venv" in said


def test_no_package_index(cold: Agent) -> None:
    code, said, _ = cold.build(without_pip_index())
    assert code == 2
    assert "its packages could not be installed" in said
    assert "canaryDeploy(wheels: '/opt/wheels')" in said


def test_a_wheel_folder_that_lacks_some(cold: Agent, tmp_path: Path) -> None:
    code, said, _ = cold.build({"PYCANARY_WHEELS": str(tmp_path)})
    assert code == 2
    assert f"{tmp_path} lacks a wheel for Python 3" in said
    code, said, _ = cold.build({"PYCANARY_WHEELS": str(tmp_path / "nowhere")})
    assert code == 2
    assert f"{tmp_path}/nowhere cannot be read" in said


def test_an_installed_pycanary_must_be_of_the_librarys_version(cold: Agent, tmp_path: Path) -> None:
    other = stub(tmp_path / "bin", "pycanary", 'echo "pycanary, version 0.0.1"') / "pycanary"
    code, said, _ = cold.build({"PYCANARY_INSTALLED": str(other)})
    assert code == 2
    assert f"{other} is not pycanary 0.1.0" in said
    same = stub(tmp_path / "bin", "same", 'echo "pycanary, version 0.1.0"') / "same"
    code, said, home = cold.build({"PYCANARY_INSTALLED": str(same)})
    assert code == 0, said
    assert "version 0.1.0" in cold.run(home)


def test_nothing_is_world_writable(warm: Agent) -> None:
    _, _, home = warm.build()
    assert not stat.S_IMODE((home / "pycanary").stat().st_mode) & stat.S_IWOTH
