"""The message on its way. Nothing here can fail or delay a deployment by more than a few seconds."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from pycanary.secret import Secret

TOTAL_SECONDS = 5.0


def send(url: Secret, payload: Mapping[str, Any]) -> str | None:
    """Post a message. Returns None, or a warning that never holds the URL; raises nothing."""
    warnings: list[str | None] = []
    # A timeout of `requests` counts from the last byte, so a server that drips would hold it for ever; DNS has none.
    sender = threading.Thread(target=lambda: warnings.append(_post(url, payload)), daemon=True)
    sender.start()
    sender.join(TOTAL_SECONDS)
    return warnings[0] if warnings else _warning(f"it did not answer within {TOTAL_SECONDS:g} s")


def _post(url: Secret, payload: Mapping[str, Any]) -> str | None:
    import requests

    try:
        # A redirect would hand the message to somebody else; the body of the answer is of no use.
        answer = requests.post(
            url.reveal().strip(), json=payload, timeout=TOTAL_SECONDS, allow_redirects=False, stream=True
        )
        answer.close()
    except requests.Timeout:
        return _warning(f"it did not answer within {TOTAL_SECONDS:g} s")
    except requests.exceptions.SSLError:
        return _warning("its TLS certificate was not accepted")
    except requests.ConnectionError:
        return _warning("it could not be reached")
    except ValueError:  # its text holds the URL, as that of the others does
        return _warning("the webhook's URL is not a web address")
    except (OSError, HTTPException):
        return _warning("the request failed")
    if answer.is_redirect:
        return _warning(f"it answered {answer.status_code}, a redirect, which is not followed")
    if not 200 <= answer.status_code < 300:
        return _warning(f"it answered {answer.status_code}")
    return None


def _warning(why: str) -> str:
    return f"Mattermost was not told: {why}"
