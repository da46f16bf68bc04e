"""Every fault at every command of every deployment type, or a random part: python -m tests.faults [SECONDS [SEED]]."""

from __future__ import annotations

import os
import random
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import active_children, get_context

from rich.console import Console

from benchmarks.table import into
from tests.faults import figures
from tests.faults.job import Job, ends_on_terminate
from tests.faults.matrix import KINDS, ROWS
from tests.faults.trial import Outcome
from tests.lab.machine import ROOT

WORKERS = 2
LOG_COLUMNS = 120
WRITTEN_FROM_SECONDS = 600  # a shorter run is no figure for README.md


def main(seconds: int, seed: int) -> int:
    """0 where every invariant held. seconds: 0 tries all."""
    ends_on_terminate()
    jobs = [Job(row, kind) for row in ROWS for kind in KINDS]
    if seconds:
        print(f"a random part for {seconds} s: make faults SECONDS={seconds} SEED={seed}", flush=True)
        chance, until = random.Random(seed), time.time() + seconds
        rows = (row for _ in range(1 + seconds // len(ROWS)) for row in chance.sample(ROWS, len(ROWS)))
        jobs = [Job(row, "", chance.randrange(1 << 30), until) for row in rows]
    begun, outcomes, failed = time.monotonic(), list[Outcome](), 0
    new_pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"), initializer=ends_on_terminate)
    with new_pool as pool, _ended(pool):
        for done in as_completed([pool.submit(job.run) for job in jobs]):
            if error := done.exception():
                failed += 1
                print(f"a lab failed: {error}", file=sys.stderr, flush=True)
            else:
                outcomes += done.result()
    for table in figures.tables(outcomes):
        Console(width=None if sys.stdout.isatty() else LOG_COLUMNS).print(table)
    if outcomes and (not seconds or seconds >= WRITTEN_FROM_SECONDS):
        _write(outcomes, seconds, seed, (time.monotonic() - begun) / 60)
    if not any(each.requests for each in outcomes):
        print("no user sent a request, so nothing is known", file=sys.stderr)
        return 1
    return 1 if failed or any(each.broken for each in outcomes) else 0


@contextmanager
def _ended(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Where the block is left early, no further job begins, and those that work are ended."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in active_children():
            worker.terminate()
        raise


def _write(outcomes: list[Outcome], seconds: int, seed: int, minutes: float) -> None:
    what = f"`make faults SECONDS={seconds} SEED={seed}`, a random part," if seconds else "`make faults`, all of it,"
    how = f"By {what} in {minutes:.0f} minutes on {os.cpu_count()} cores, hosts, services and users on the one machine."
    readme = ROOT / "README.md"
    text = into(readme.read_text(), figures.markdown(outcomes, how), figures.BEGIN, figures.END)
    readme.write_text(text)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:] if each]
    sys.exit(main(given[0] if given else 0, given[1] if len(given) > 1 else secrets.randbelow(1 << 30)))
