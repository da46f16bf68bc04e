"""All hosts of an application, worked on side by side."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

from pycanary.config.sections import Host as HostConfig
from pycanary.errors import HostFailed, LeaseLost, PycanaryError
from pycanary.host.connection import Host
from pycanary.host.script import Script

Result = TypeVar("Result")


class Fleet:
    """Open connections to every host, in one fixed order, so that two runs never take locks crosswise.

    one_by_one: a host is connected to when it is first asked, so that one that cannot be reached fails alone.
    leaves_behind: a host that does not answer is left behind with its error, as long as another one does.
    """

    def __init__(self, configs: Sequence[HostConfig], *, one_by_one: bool = False, leaves_behind: bool = False) -> None:
        self._one_by_one, self.leaves_behind = one_by_one, leaves_behind
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
            _, failures = self.attempt(Host.open)
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
        asked = [host for host in self.hosts if only is None or host.name in only]
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


def combined(failures: dict[str, PycanaryError]) -> PycanaryError:
    """One error for several hosts: the first one's kind and remedy, everybody's findings; a lost lease before all."""
    errors = sorted(failures.values(), key=lambda error: not isinstance(error, LeaseLost))
    first = errors[0]
    if len(errors) == 1 or not isinstance(first, HostFailed):
        return first
    found = "\n  ".join(f"{error.where}: {error.found}" for error in errors)
    return HostFailed(f"{len(errors)} hosts failed\n  {found}", kind=first.kind, remedy=first.remedy)
