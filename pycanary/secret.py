"""A secret is a type of its own: it cannot be formatted, joined, quoted or logged by accident."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "****"
LENIENT = "surrogatepass"  # a value that is no text is masked too
SHORTEST_MASKED = 4  # masking shorter values would blank ordinary text


class Secret:
    """Holds a value that is never printed. Deliberately no subclass of str, which shlex.quote or join would unmask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; only for what writes it to a host's stdin or to an HTTP body."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not serialized")


class Masker:
    """Replaces every known secret in a text, also where it was quoted, escaped or encoded on its way."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._forms: list[str] = []
        self.add(secrets)

    def add(self, secrets: Iterable[Secret]) -> None:
        """Take more secrets in; the longest forms are replaced first, so that no tail of one is left."""
        forms = {form for secret in secrets for form in _forms(secret.reveal())} | set(self._forms)
        self._forms = sorted(forms, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """text with each secret replaced by asterisks."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text


def _forms(value: str) -> set[str]:
    if len(value) < SHORTEST_MASKED:
        return set()
    # Base64 of a value inside a longer text starts at one of three offsets; the two ends depend on the
    # neighbours, so only the inner characters are matched.
    raw = value.encode(errors=LENIENT)
    encoded = {base64.b64encode(raw).decode().rstrip("=")}
    for offset in (1, 2):
        inner = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")[4:-1]
        encoded.add(inner)
    single_quoted = value.replace("'", "'\"'\"'")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    forms = {
        value,
        quote(value, safe="", errors=LENIENT),
        quote_plus(value, errors=LENIENT),
        shlex.quote(value).strip("'"),
        single_quoted,
        escaped,
    }
    return {form for form in forms | encoded if len(form) >= SHORTEST_MASKED}
