"""Advice on gifts, by Claude."""

from __future__ import annotations

from anthropic import AsyncAnthropic

from shop.settings import Settings

INSTRUCTIONS = "You advise customers of a small Korean gift shop. Answer in at most three sentences."


class Advisor:
    """One client, and so one pool of connections, for the life of the service."""

    def __init__(self, settings: Settings) -> None:
        self._model = settings.claude_model
        self._client = AsyncAnthropic(
            api_key=settings.anthropic_api_key,
            base_url=settings.anthropic_base_url,
            timeout=20,  # below NGINX's proxy_read_timeout, and below the time that a stop allows
            max_retries=1,
        )

    async def advise(self, question: str) -> str:
        """The text of Claude's answer; anthropic.APIError when there is none."""
        message = await self._client.messages.create(
            model=self._model,
            max_tokens=300,
            system=INSTRUCTIONS,
            messages=[{"role": "user", "content": question}],
        )
        return "".join(block.text for block in message.content if block.type == "text")

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()
