"""What the environment gives, read once when the service starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """A missing value stops the start: a service without its keys would take requests and fail them."""

    anthropic_api_key: str = field(repr=False)
    aws_access_key_id: str = field(repr=False)
    aws_secret_access_key: str = field(repr=False)
    aws_region: str
    s3_bucket: str
    anthropic_base_url: str | None  # None: the official address
    s3_endpoint_url: str | None  # None: the official address of the region
    claude_model: str
    release: str
    slot: str

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings, or SystemExit with one line that names what is missing."""
        # Compose gives an empty value for a variable that is declared and not set.
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        required = ("ANTHROPIC_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET")
        if missing := [name for name in required if name not in given]:
            raise SystemExit(f"cannot start: {', '.join(missing)} not set; add to the slot's .env file or credentials")
        return cls(
            anthropic_api_key=given["ANTHROPIC_API_KEY"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            aws_region=given["AWS_REGION"],
            s3_bucket=given["S3_BUCKET"],
            anthropic_base_url=given.get("ANTHROPIC_BASE_URL"),
            s3_endpoint_url=given.get("S3_ENDPOINT_URL"),
            claude_model=given.get("CLAUDE_MODEL", "claude-haiku-5-5"),
            release=given.get("RELEASE", "development"),
            slot=given.get("SLOT", "none"),
        )
