"""The kinds of values in canary.yml; what each expects is in its Expected, its bounds or its ValueError."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from pycanary.model.weights import Weights, validate_percent


@dataclass(frozen=True)
class Expected:
    """What a pattern beside it asks for, in words."""

    words: str


def _absolute(value: str) -> str:
    if not PurePosixPath(value).is_absolute() or ".." in PurePosixPath(value).parts:
        raise ValueError("an absolute path without '..'")
    return value.rstrip("/") or "/"


def without_password(value: str) -> str:
    """For models: a remote that holds no password or token, which would end up in logs and in `ps`.

    By HTTP, a token may also stand in place of the user name.
    """
    if re.match(r"https?://[^/@]*@|[a-z+]+://[^/@]*:[^/@]*@", value):
        raise ValueError("an address without a user, password or token, which would be copied into records and logs")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("text without control characters")
    return value


def _beside_canary_yml(value: str, info: ValidationInfo) -> str:
    folder = (info.context or {}).get("folder")
    return value if folder is None or value.startswith("~") else str(folder / value)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from error
    return value


def _step(value: object) -> Weights:
    return validate_percent(f"{value}%" if isinstance(value, int | float) else value)


Name = Annotated[
    str,
    Field(pattern=r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$"),
    Expected("lower-case letters, digits and hyphens, a letter first, at most 32"),
]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_printable)]
LocalFile = Annotated[Text, AfterValidator(_beside_canary_yml)]
AbsolutePath = Annotated[str, AfterValidator(_printable), AfterValidator(_absolute)]
UrlPath = Annotated[
    str,
    Field(pattern=r"^/[A-Za-z0-9._~%!$&()*+,=:@/?-]*$"),
    Expected("a URL path that begins with /, without spaces and quotes"),
]
Pattern = Annotated[str, AfterValidator(_pattern)]
Step = Annotated[
    Weights,
    BeforeValidator(_step),
    Expected("a share such as 25%"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,2}(\.[0-9])? ?%$"},
                {"type": "number", "minimum": 0.1, "maximum": 99.9},
            ]
        }
    ),
]
EnvironmentName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"),
    Expected("letters, digits and underscores, no digit first"),
]
CookieName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$"), Expected("1 to 64 letters, digits and underscores")]
TimeZone = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"),
    Expected("the name of a time zone, such as Asia/Seoul"),
]
Seconds = Annotated[int, Field(ge=0, le=86400, strict=True)]
PositiveSeconds = Annotated[int, Field(ge=1, le=86400, strict=True)]


class Section(BaseModel):
    """Frozen, and a key that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
