"""Receipts, kept in S3."""

from __future__ import annotations

from datetime import datetime

import boto3
from botocore.config import Config
from pydantic import BaseModel, Field

from shop.settings import Settings


class Receipt(BaseModel):
    """What was paid."""

    order: int = Field(ge=1)
    customer: str = Field(min_length=1, max_length=100)
    total_won: int = Field(ge=0)


class Stored(BaseModel):
    """Where a receipt is."""

    bucket: str
    key: str


class Receipts:
    """A folder of a bucket."""

    def __init__(self, settings: Settings) -> None:
        self._bucket = settings.s3_bucket
        self._client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.aws_region,
            aws_access_key_id=settings.aws_access_key_id,
            aws_secret_access_key=settings.aws_secret_access_key,
            config=Config(
                connect_timeout=3,
                read_timeout=10,
                retries={"total_max_attempts": 2},
                # A stand-in has one host name, not one for each bucket.
                s3={"addressing_style": "path" if settings.s3_endpoint_url else "auto"},
            ),
        )

    def store(self, receipt: Receipt, now: datetime) -> Stored:
        """Write it; the same order writes the same object, so a repeated request does no harm."""
        key = f"receipts/{now:%Y/%m/%d}/{receipt.order}.json"
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=receipt.model_dump_json().encode(), ContentType="application/json"
        )
        return Stored(bucket=self._bucket, key=key)
