"""All hosts of an application, worked on side by side."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from pycanary.config.sections import Host as HostConfig
from pycanary.errors import HostFailed, LeaseLost, PycanaryError
from pycanary.host.connection import Host
from pycanary.host.script import Script

Result = TypeVar("Result")


class Fleet:
    """Open connections to every host, in one fixed order, so that two runs never take locks crosswise.

    one_by_one: a host is connected to when it is first asked, so that one that cannot be reached fails alone.
    leaves_behind: a host that does not answer is left behind with its error, as long as another one does; until then it
    is asked twice, as `insisting` says. on_retry: told each host that is asked again, and why.
    """

    def __init__(
        self,
        configs: Sequence[HostConfig],
        *,
        one_by_one: bool = False,
        leaves_behind: bool = False,
        on_retry: Callable[[str, PycanaryError], None] = lambda name, error: None,
    ) -> None:
        self._one_by_one, self.leaves_behind = one_by_one, leaves_behind
        self._insists, self._on_retry = leaves_behind, on_retry
        self.left_behind: dict[str, PycanaryError] = {}
        self.hosts = tuple(Host(config) for config in sorted(configs, key=lambda config: (config.address, config.port)))
        self._pool = ThreadPoolExecutor(max_workers=4 * len(self.hosts), thread_name_prefix="host")
        self._stack = ExitStack()

    def __enter__(self) -> Fleet:
        self._stack.callback(self._pool.shutdown, wait=False, cancel_futures=True)
        for host in self.hosts:
            self._stack.callback(host.close)
        if self._one_by_one:
            return self
        try:
            _, failures = self._attempt(Host.open, self.hosts)
            self.part_with(failures)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def part_with(self, failures: dict[str, PycanaryError]) -> None:
        """Go on without the hosts that failed. Raises like `run` where that is not wanted, or nobody would be left."""
        staying = tuple(host for host in self.hosts if host.name not in failures)
        lost = any(isinstance(error, LeaseLost) for error in failures.values())
        if failures and (lost or not (self.leaves_behind and staying)):
            raise combined(failures)
        self.hosts = staying
        self.left_behind.update(failures)

    @property
    def first(self) -> Host:
        """The host whose queue and history lead."""
        return self.hosts[0]

    def run(self, script: Script | Callable[[Host], Script]) -> dict[str, str]:
        """Run a script on every host at once; what each printed, by host name.

        Raises HostFailed once all have ended, naming every host that failed.
        """
        return self.each(lambda host: host.run(script if isinstance(script, Script) else script(host)))

    def each(self, work: Callable[[Host], Result], *, only: Container[str] | None = None) -> dict[str, Result]:
        """work(host) for every host at once, or for those named; the results by host name. Raises like `run`."""
        results, failures = self.attempt(work, only=only)
        if failures:
            raise combined(failures)
        return results

    def attempt(
        self, work: Callable[[Host], Result], *, only: Container[str] | None = None
    ) -> tuple[dict[str, Result], dict[str, PycanaryError]]:
        """Like `each`, but returns what succeeded and what failed."""
        results, failures = self._attempt(work, [host for host in self.hosts if only is None or host.name in only])
        if self._insists:
            again = {name: error for name, error in failures.items() if _worth_asking_again(error)}
            for name, error in again.items():
                self._on_retry(name, error)
            more, still = self._attempt(work, [host for host in self.hosts if host.name in again])
            results, failures = {**results, **more}, {**still, **{n: failures[n] for n in failures if n not in again}}
        return results, failures

    @property
    def insists(self) -> bool:
        """Whether this is the way back; see `insisting`."""
        return self._insists

    @contextmanager
    def insisting(self) -> Iterator[None]:
        """On the way back nothing else helps: a host that fails is asked once more, over a new connection if need be.

        A deployment that meets a failure goes back instead. What is asked so must be of one effect if done twice.
        """
        before, self._insists = self._insists, True
        try:
            yield
        finally:
            self._insists = before

    def _attempt(
        self, work: Callable[[Host], Result], asked: Sequence[Host]
    ) -> tuple[dict[str, Result], dict[str, PycanaryError]]:
        futures = {host.name: self._pool.submit(work, host) for host in asked}
        results: dict[str, Result] = {}
        failures: dict[str, PycanaryError] = {}
        for name, future in futures.items():
            # Waiting may itself be ended by a signal or a lost lease, which are no failures of the host.
            error = future.exception()
            if isinstance(error, PycanaryError):
                failures[name] = error
            else:
                results[name] = future.result()
        return results, failures


def _worth_asking_again(error: PycanaryError) -> bool:
    return isinstance(error, HostFailed) and error.kind != "timeout"  # what hangs would only hold the others up


def _certainty(error: PycanaryError) -> tuple[bool, bool]:
    """Sorts a lost lease before all, then a host of which nobody knows how far it got."""
    return not isinstance(error, LeaseLost), not (isinstance(error, HostFailed) and error.cut_short)


def combined(failures: dict[str, PycanaryError]) -> PycanaryError:
    """One error for several hosts: everybody's findings, the kind and remedy of the one that leaves most unknown."""
    errors = sorted(failures.values(), key=_certainty)
    first = errors[0]
    if len(errors) == 1 or not isinstance(first, HostFailed):
        return first
    found = "\n  ".join(f"{error.where}: {error.found}" for error in errors)
    return HostFailed(f"{len(errors)} hosts failed\n  {found}", kind=first.kind, remedy=first.remedy)
