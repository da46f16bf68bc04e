"""What a host's NGINX is, serves and is configured to be; read without changing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pycanary.config.model import Config
from pycanary.host.remedies import remedy
from pycanary.host.script import Script
from pycanary.nginx.names import Names
from pycanary.nginx.served import Served, read_served
from pycanary.nginx.shift import LIBRARIES, status_values
from pycanary.nginx.version import Version, parse

FILES = ("http", "proxy", "assets", "site")


@dataclass(frozen=True)
class NginxFacts:
    """The findings of one look at a host."""

    version_text: str = ""  # what `nginx -v` said; empty where NGINX could not be called
    fault: str = (
        ""  # why it could not be called, or its whole configuration is not valid: a kind of `shift`, or "refused"
    )
    words: str = ""  # NGINX's own words on that
    runs: bool | None = None  # None: cannot be told before the first installation
    served: Served | None = None  # None where no status server of this application answers
    files: Mapping[str, str] = field(default_factory=dict)  # text of "http", "proxy", "assets", "site", where present
    unreadable: tuple[str, ...] = ()  # those that the deploy user may not read
    whole: str = ""  # `nginx -T`, where it was asked for and the configuration is valid

    @property
    def version(self) -> Version | None:
        """The version as numbers."""
        return parse(self.version_text)

    @property
    def has_site(self) -> bool:
        """Whether there is a site file, even one that the deploy user may not read."""
        return "site" in self.files or "site" in self.unreadable

    @property
    def remedy(self) -> str:
        """What to do about the fault."""
        return remedy("nginx-broken-before" if self.fault == "refused" else self.fault)


def facts(config: Config, *, whole: bool) -> Script:
    """Look at NGINX; `whole` asks for its entire configuration too."""
    names = Names.of(config)
    paths = (names.http_part, names.proxy_snippet, names.assets_snippet, names.site)
    listed = "\n".join(f"{name} {names.on_host(path)}" for name, path in zip(FILES, paths, strict=True))
    values = {**status_values(config), "CONTAINER": config.nginx.container or "", "FILES": listed, "WHOLE": whole}
    return Script("nginx_facts", values, libraries=LIBRARIES)


def read_facts(output: str) -> NginxFacts:
    """What the script of `facts` printed, as data."""
    values: dict[str, str] = {}
    texts: dict[str, str] = {}
    files: dict[str, str] = {}
    unreadable: list[str] = []
    for head, text in _sections(output):
        name, _, value = head.partition(" ")
        if name == "file":
            files[value] = text
        elif name == "unreadable":
            unreadable.append(value)
        else:
            values[name], texts[name] = value, text
    valid = values.get("valid", "")
    return NginxFacts(
        version_text=values.get("version", ""),
        fault=values.get("words", "") or ("" if valid == "yes" else valid),
        words=(texts.get("words") or texts.get("valid") or "").strip(),
        runs={"yes": True, "no": False}.get(values.get("runs", "")),
        served=read_served(values.get("generation", ""), values.get("weights", "")),
        files=files,
        unreadable=tuple(unreadable),
        whole=texts.get("whole", ""),
    )


def _sections(output: str) -> list[tuple[str, str]]:
    found: list[tuple[str, list[str]]] = []
    for line in output.removesuffix("\n").split("\n"):  # not splitlines: a form feed in a comment ends no line
        if line and not line.startswith("|"):
            found.append((line, []))
        elif found:
            found[-1][1].append(line[1:])  # the empty line after a text stands for its last line break
    return [(head, "\n".join(lines)) for head, lines in found]
