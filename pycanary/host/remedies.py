"""What to do about each kind of failure that a script on a host ends with (`die KIND` in resources/pycanary/host/)."""

from __future__ import annotations

REMEDIES = {
    "write": "free space on the host, or give the deploy user write access to that directory; nothing was changed",
    "busy": "another command works on this host; try again, or see `pycanary status`",
    "tool": "install the named program on the host; `pycanary check` lists all that is needed",
    "lease": "see `pycanary status` for who has the host now",
    "missing": "`pycanary deploy stable` writes it anew for both slots",
    "status": "read the lines above, the last that it printed; with --debug every script is named with its seconds",
    "branch": "correct git.branch in canary.yml, or push the branch",
    "commit": "push the commit, or name another by --commit",
    "remote": "try `git ls-remote` with that address on the host as the deploy user",
    "remote-missing": "correct git.remote in canary.yml",
    "remote-refused": "give the host's deploy user read access to the repository (a deploy key in GitLab)",
    "remote-unreachable": "check the host's way to the git server: name, firewall, proxy",
    "remote-host-key": "on the host as the deploy user: `ssh-keyscan SERVER >> ~/.ssh/known_hosts`, and compare it",
    "in-the-way": "move that ignored file out of the slot's checkout on the host; nothing was changed",
    "docker": "`pycanary check` tells what is missing, and docs/host.md how it is prepared",
    "build": "mend the build; the lines above are its last, and no slot was touched",
    "compose-file": "mend the Compose file; `docker compose config` shows how it is read",
    "variable": "add it to the .env file or to `environment` in canary.yml",
    "image": "build it (`build:` in the Compose file), or push it to the registry under that name",
    "registry": "check the host's way to the registry, and `docker login` as the deploy user",
    "memory": "free memory on the host, or lower the limits of what runs",
    "port": "free the port, or give the service another one in canary.yml and in the Compose file",
    "store": "mend the store first (`docker compose -p APP-shared logs`); it belongs to both slots",
    "start": "the lines above are the service's own; mend the release and deploy again",
    "stop": "stop it by hand on the host, then deploy again",
    "nginx-rights": "let the deploy user call NGINX and write its files: docs/host.md has the exact lines",
    "nginx-stopped": "start NGINX on the host (`systemctl start nginx`); nothing was changed",
    "nginx-broken-before": "mend the NGINX configuration first (`nginx -t` on the host); nothing was changed",
    "nginx-refused": "read NGINX's own words above; everything was put back",
    "nginx-not-loaded": "read NGINX's error log on the host; everything was put back",
    "nginx-port": "free that port (`sudo ss -ltnp` says who has it), or set nginx.http_port or nginx.https_port",
    "nginx-certificate": "put that file there, readable for NGINX, or correct nginx.certificate and certificate_key",
    "nginx-torn": "move the named file back by hand, then `nginx -t` and `nginx -s reload`",
}


def remedy(kind: str) -> str:
    """What a person does about it; empty for a kind that only the caller can explain."""
    return REMEDIES.get(kind, "")
