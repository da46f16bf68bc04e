"""One Jenkins, reached by python-jenkins; whatever goes wrong on the way becomes a sentence."""

from __future__ import annotations

import netrc
import os
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import jenkins
import requests
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from pycanary.errors import PycanaryError, UsageError
from pycanary.home import at_home

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_SECONDS = 30
RESTART_SECONDS = 300  # how long a Jenkins that restarts may be away
Answer = TypeVar("Answer")


class JenkinsFailed(PycanaryError):
    """Jenkins refused, failed or could not be reached. away: it may come back, as after a restart."""

    def __init__(self, found: str, *, status: int | None = None, away: bool = False, remedy: str = "") -> None:
        super().__init__(found, remedy=remedy)
        self.status, self.away = status, away


def connect(url: str, environ: Mapping[str, str]) -> Server:
    """JENKINS_USER and JENKINS_TOKEN, else the entry of ~/.netrc. Raises UsageError where neither is there."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no web address", where="JENKINS_URL", expected="https://jenkins.example.com/")
    if parts.username or parts.password:
        raise UsageError("the address holds a user or a password", where="JENKINS_URL", remedy="use JENKINS_TOKEN")
    user, token = environ.get("JENKINS_USER", ""), environ.get("JENKINS_TOKEN", "")
    if not (user and token):
        user, token = _netrc(parts.hostname, environ)
    return Server(jenkins.Jenkins(url, username=user, password=token, timeout=ANSWER_SECONDS))


def _netrc(host: str, environ: Mapping[str, str]) -> tuple[str, str]:
    path = at_home(environ.get("NETRC") or "~/.netrc")
    try:
        entry = netrc.netrc(str(path)).authenticators(host)
    except FileNotFoundError:
        entry = None
    except (OSError, netrc.NetrcParseError) as error:
        raise UsageError(f"cannot read {path}: {error}", remedy="or set JENKINS_USER and JENKINS_TOKEN") from error
    if entry is None or not entry[2]:
        raise UsageError(
            f"no user and API token for {host}",
            remedy="set JENKINS_USER and JENKINS_TOKEN (your name > Security > API Token), or a line in ~/.netrc",
        )
    return entry[0], entry[2]


class Server:
    """Requests of the documented remote API, sent by python-jenkins with user, token and crumb."""

    def __init__(self, client: jenkins.Jenkins) -> None:
        self.client = client

    def json(self, path: str, *, patient: bool = False) -> Any:
        """A JSON answer. patient: outlast a restart of Jenkins. Raises JenkinsFailed."""
        return self.ask(path, lambda: self._send("GET", path).json(), patient=patient)

    def text(self, path: str, *, patient: bool = False) -> requests.Response:
        """An answer with its headers. Raises JenkinsFailed."""
        return self.ask(path, lambda: self._send("GET", path), patient=patient)

    def post(self, path: str, data: Mapping[str, str]) -> requests.Response:
        """A form, sent once: a second try could start a second build. Raises JenkinsFailed."""
        return self.ask(path, lambda: self._send("POST", path, data))

    def ask(self, what: str, question: Callable[[], Answer], *, patient: bool = False) -> Answer:
        """The answer of any call of python-jenkins. Raises JenkinsFailed with a sentence."""
        attempts = Retrying(
            stop=stop_after_delay(RESTART_SECONDS if patient else 0),
            wait=wait_exponential(0.5, max=10),
            retry=retry_if_exception(lambda error: isinstance(error, JenkinsFailed) and error.away),
            reraise=True,
        )
        for attempt in attempts:
            with attempt, _explained(what):
                return question()
        raise AssertionError("either answered or raised")

    def _send(self, method: str, path: str, data: Mapping[str, str] | None = None) -> requests.Response:
        request = requests.Request(method, urllib.parse.urljoin(self.client.server, path), data=data)
        answer: requests.Response = self.client.jenkins_request(request)
        return answer


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Errors of requests and python-jenkins as JenkinsFailed."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise JenkinsFailed(
            f"{what}: its certificate is not trusted: {_short(error)}",
            remedy="name your authority's file in REQUESTS_CA_BUNDLE, or correct JENKINS_URL",
        ) from error
    except requests.exceptions.JSONDecodeError as error:
        raise JenkinsFailed(f"{what}: the answer is no JSON", remedy="is JENKINS_URL a Jenkins?") from error
    except (jenkins.JenkinsException, requests.exceptions.RequestException) as error:
        status = _status(error)
        if status is None and not isinstance(error, jenkins.JenkinsException | requests.exceptions.HTTPError):
            raise _unreachable(what, error) from error
        if isinstance(error, jenkins.TimeoutException | jenkins.BadHTTPException):
            raise _unreachable(what, error) from error
        raise _refused(what, status, error) from error


def _status(error: BaseException) -> int | None:
    """The HTTP status behind an error of python-jenkins, which keeps it in the cause or in its words only."""
    for each in (error, error.__cause__, error.__context__):
        response = getattr(each, "response", None)
        if response is not None:
            return int(response.status_code)
    words = str(error)
    if isinstance(error, jenkins.NotFoundException):
        return 404
    return next((status for status in (401, 403, 500) if f"[{status}]" in words), None)


def _refused(what: str, status: int | None, error: BaseException) -> JenkinsFailed:
    remedies = {
        401: "the user or its API token is wrong: see JENKINS_USER and JENKINS_TOKEN",
        403: "the user needs the right for it (Overall/Read, Job/Read, Build, Configure, Create)",
        404: "correct JENKINS_URL or the job's name (FOLDER/JOB); without Job/Read a job is not found either",
        500: "Jenkins failed itself: its log (Manage Jenkins > System Log) tells why",
    }
    words = {401: "who you are was refused (401)", 403: "it is not allowed (403)", 404: "not found (404)"}
    found = words.get(status or 0) or (f"Jenkins answered {status}" if status else _short(error))
    away = status in (502, 503, 504)
    return JenkinsFailed(f"{what}: {found}", status=status, away=away, remedy=remedies.get(status or 0, ""))


def _unreachable(what: str, error: BaseException) -> JenkinsFailed:
    return JenkinsFailed(
        f"{what}: Jenkins does not answer: {_short(error)}",
        away=True,
        remedy="is JENKINS_URL right, and is it running?",
    )


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def url_of(environ: Mapping[str, str] = os.environ) -> str:
    """JENKINS_URL. Raises UsageError where it is not set."""
    url = environ.get("JENKINS_URL", "")
    if not url:
        raise UsageError("JENKINS_URL is not set", expected="https://jenkins.example.com/")
    return url
