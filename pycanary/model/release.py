"""What runs in a slot."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pycanary.printable import one_line

LONGEST_SUBJECT = 200


class Commit(BaseModel):
    """One commit of the application. Author and message are other people's text: quote or escape them everywhere."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")
    author: str = ""
    message: str = ""
    committed_at: int = 0  # seconds since 1970, by the committer's clock

    @property
    def short(self) -> str:
        """The first eight digits, as people quote it; also the tag of its images."""
        return self.id[:8]

    @property
    def subject(self) -> str:
        """The first line of the message, as far as a line of a console goes."""
        return one_line(self.message.partition("\n")[0], LONGEST_SUBJECT)


class Release(BaseModel):
    """A commit together with all that it was started with."""

    model_config = ConfigDict(frozen=True)

    number: int
    commit: Commit
    images: dict[str, str] = {}  # service -> image id
    environment_checksum: str = ""
    environment_names: tuple[str, ...] = ()
    configuration: dict[str, Any] = {}  # the canary.yml it was deployed with, without hosts
    run_id: str = ""
    run_url: str = ""
    deployed_at: str = ""  # ISO 8601
    judged_bad: str = ""  # the reason, when it failed its health or was judged bad

    @property
    def label(self) -> str:
        """How people name it: "#7 1a2b3c4d"."""
        return f"#{self.number} {self.commit.short}"
