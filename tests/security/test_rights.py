"""Who may read what a deployment leaves on the host."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

from tests.engine.world import running
from tests.lab.lab import Lab
from tests.lab.machine import wait_until

CHECKOUTS = ("clone.git", "source", "stable", "canary")  # containers read these as other users


def too_open(app: Path) -> dict[str, str]:
    """What others than the deploy user and its group may use, or the group may write, by path."""
    found = {}
    for path in [app, *app.rglob("*")]:
        inside = path.relative_to(app).parts
        if inside and (inside[0] in CHECKOUTS or path.is_symlink()):
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o027:
            found[str(path.relative_to(app))] = oct(mode)
    return found


def test_only_the_deploy_user_reads_state_records_environment_and_backups(processes_lab: Lab) -> None:
    lab = processes_lab
    lab.environment["API_KEY"] = "hunter2"
    lab.configure(environment={"API_KEY": {}}, lease={"running_seconds": 3}, steps=["70%"], bake_seconds=0)
    lab.repository.commit()
    lab.deploy("stable")
    app = lab.hosts[0].directory / "app"
    (app / "stable" / "app.py").write_text("changed by hand")
    (app / "stable" / "other").mkdir()
    (app / "stable" / "other" / ".git").write_text("no repository")
    lab.repository.commit()
    lab.deploy("stable")
    lab.repository.commit()
    lab.configure(environment={"API_KEY": {}}, lease={"running_seconds": 3}, bake_seconds=60)
    with running(lab, "deploy", "canary-auto") as run:
        run.said("900:100 are served").send(signal.SIGKILL)
        wait_until(lambda: not (app / "state" / "lease").exists(), "the watchdog", seconds=30)
    assert {path.name for path in app.iterdir()} >= {"state", "environment", "backups", *CHECKOUTS}
    assert list((app / "backups").glob("*-stable-checkout/RESTORE.txt"))
    assert too_open(app) == {}
    readable = [path for path in lab.hosts[0].nginx.conf_d.iterdir() if path.stat().st_mode & 0o044 == 0o044]
    assert len(readable) == 2, "NGINX's own user reads the generated files"
