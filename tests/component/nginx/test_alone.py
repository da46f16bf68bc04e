"""The generated files are tested by themselves, by a user without rights, on both versions."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pycanary.model.slot import Slot
from pycanary.nginx.call import call_alone
from pycanary.nginx.names import Names
from pycanary.nginx.render import render
from pycanary.nginx.version import parse
from tests.unit.nginx.example import config, traffic

NOBODY = 65534
LONGEST = "an-application-with-a-name-of-32"


@pytest.fixture
def directory() -> Iterator[Path]:
    """A configuration directory that nobody may write in."""
    path = Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    yield path
    shutil.rmtree(path)


def drop_rights() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


@pytest.mark.parametrize("out", [None, *Slot])
@pytest.mark.parametrize("sticky", [True, False])
@pytest.mark.parametrize("app", ["shop", LONGEST])
def test_nginx_takes_every_combination(binary: str, directory: Path, out: Slot | None, sticky: bool, app: str) -> None:
    wanted = config(app=app, sticky={"enabled": sticky}, nginx={"config_dir": str(directory), "binary": binary})
    version = parse(subprocess.run([binary, "-v"], capture_output=True, text=True, check=True).stderr)
    assert version
    files, names = render(wanted, traffic(wanted, out=out), version), Names.of(wanted)
    stage = Path(names.on_host(names.staging))
    (stage / "new").mkdir(parents=True)
    stage.chmod(0o777)
    for name, text in (("http", files.http), ("proxy", files.proxy), ("assets", files.assets)):
        (stage / "new" / name).write_text(text)
    (stage / "alone.conf").write_text(files.alone)
    call = call_alone(wanted.nginx, str(stage / "alone.conf"), version)
    done = subprocess.run(["sh", "-c", call], capture_output=True, text=True, preexec_fn=drop_rights, check=False)
    assert done.returncode == 0, done.stderr
    assert "[" not in done.stderr  # neither a warning nor an alert
