"""The names that one application has in an NGINX which it shares with others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from pycanary.config.model import Config


@dataclass(frozen=True)
class Names:
    """Names and paths of one application; no two applications share one.

    Variable names stay below 47 and server names below 47 characters for the longest application name, which is what
    NGINX's hash buckets of 64 bytes hold.
    """

    app: str
    directory: str  # the configuration directory on the host
    inside: str  # the same directory as NGINX sees it
    http_part: str  # relative to the directory, as the two below
    site: str

    @classmethod
    def of(cls, config: Config) -> Names:
        """The names of one application."""
        directory = config.nginx.config_dir
        return cls(config.app, directory, config.nginx.config_dir_inside or directory, config.http_part, config.site)

    def upstream(self, service: str) -> str:
        """The upstream of a service; unambiguous, since neither name has an underscore."""
        return f"{self.app}_{service}"

    def assets_upstream(self, service: str) -> str:
        """The same servers for its hashed files; a slot that is out is asked for what the other lacks."""
        return f"{self.upstream(service)}_assets"

    @property
    def prefix(self) -> str:
        """What every variable begins with; also the name of the log format."""
        return f"pycanary_{self.app.replace('-', '_')}"

    @property
    def status_server(self) -> str:
        """Host name by which the loopback status server is asked; applications may share its port."""
        return f"pycanary-{self.app}"

    @property
    def proxy_snippet(self) -> str:
        """What each proxied location includes, relative to the directory."""
        return f"pycanary/{self.app}.proxy.conf"

    @property
    def assets_snippet(self) -> str:
        """What each location of hashed files includes, relative to the directory."""
        return f"pycanary/{self.app}.assets.conf"

    @property
    def staging(self) -> str:
        """Where new files are tested, relative to the directory; hidden, so that no include glob finds it."""
        return f"pycanary/.{self.app}.new"

    def on_host(self, relative: str) -> str:
        """A path below the directory, for scripts."""
        return str(PurePosixPath(self.directory) / relative)

    def for_nginx(self, relative: str) -> str:
        """A path below the directory, as NGINX sees it."""
        return str(PurePosixPath(self.inside) / relative)
