"""The routes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from anthropic import APIError
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

from shop.advice import Advisor
from shop.delivery import delivery_date
from shop.receipts import Receipt, Receipts, Stored
from shop.settings import Settings


class Question(BaseModel):
    """What a customer wants to know."""

    question: str = Field(min_length=1, max_length=1000)


class Advice(BaseModel):
    """What Claude says."""

    advice: str


def create(settings: Settings) -> FastAPI:
    """The application, with its clients."""
    advisor, receipts = Advisor(settings), Receipts(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await advisor.close()

    app = FastAPI(title="shop", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/python/openapi.json")

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "UP"}

    @app.get("/python/time")
    async def time() -> dict[str, str]:
        now = datetime.now().astimezone()
        return {"zone": os.environ.get("TZ", ""), "now": now.isoformat(timespec="seconds")}

    @app.get("/python/delivery")
    async def delivery() -> dict[str, str]:
        now = datetime.now().astimezone()
        return {"date": delivery_date(now).isoformat(), "zone": now.tzname() or ""}

    @app.post("/python/advice")
    async def advice(question: Question) -> Advice:
        try:
            return Advice(advice=await advisor.advise(question.question))
        except APIError as error:
            raise HTTPException(502, f"Claude: {error.message}") from error

    # Not async: boto3 blocks, and FastAPI gives such a function a thread.
    @app.post("/python/receipts", status_code=201)
    def receipt(receipt: Receipt) -> Stored:
        try:
            return receipts.store(receipt, datetime.now().astimezone())
        except (BotoCoreError, ClientError) as error:
            raise HTTPException(502, f"S3: {error}") from error

    @app.websocket("/python/ws")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            pass

    return app
