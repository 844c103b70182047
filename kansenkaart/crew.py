"""Where work runs that can be divided: here, on all cores of this machine, or on a Dask cluster; same outcome."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar, cast

from kansenkaart.errors import DataError, UsageError
from kansenkaart.worker import Worker, pack

Item = TypeVar("Item")

# Work of this length is not worth dividing over threads.
_SERIAL_S = 1.0

# A process takes a second of a core to start: it is called in when this much work was seen.
_HELP_AFTER_S = 1.0

# Sending work of this length to a process that is up takes about as long as doing it.
_ALONE_S = 0.03

# How long a batch takes on one core, at most: short enough to stop at once when the user interrupts.
_BATCH_S = 0.5

# Batches per core, so that a slow one does not hold up the rest.
_BATCHES_PER_CORE = 8

# How long a Dask scheduler gets to answer.
_ANSWER_S = 10.0

# Batches per thread of a cluster, so that a slow worker does not hold up the rest.
_BATCHES_PER_THREAD = 4


class Work(Protocol[Item]):
    """Something to do for the numbers 0, 1, 2, ...; each outcome depends on its number only.

    ``in_threads`` says whether it leaves Python alone for most of its time, so that threads run side by side;
    otherwise other processes take it. It must survive pickling.
    """

    @property
    def in_threads(self) -> bool:
        """Whether threads of one process run it side by side."""

    def run(self, first: int, out: int) -> list[Item]:
        """Outcomes of the numbers from `first` up to, not including, `out`."""


class _Batch(NamedTuple):
    """Numbers of a work to do, and where the answer goes: (position, fine, outcomes or what was raised)."""

    work: bytes
    first: int
    out: int
    position: int
    answers: SimpleQueue[tuple[int, bool, Any]]
    begin: Callable[[int], None]


class Crew:
    """Who does repeated work: this process, others beside it once that pays, or a Dask cluster. Same outcome.

    Processes start beside the work, help as soon as they are up, and stay until the ``with`` ends: then none is left.

    Parameters
    ----------
    scheduler
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``; None: this machine.
    cores
        Cores of this machine to use; None: all that this process may use. With 1 no ``with`` is needed.
    """

    def __init__(self, scheduler: str | None = None, cores: int | None = None) -> None:
        self._scheduler = scheduler
        self._cores = _count_cores() if cores is None else cores
        self._waiting: SimpleQueue[_Batch | None] = SimpleQueue()
        self._helpers: list[tuple[Worker, Thread]] = []
        self._seen_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes; they keep nothing."""
        for worker, _ in self._helpers:
            self._waiting.put(None)
            worker.end()
        for worker, thread in self._helpers:
            thread.join()
            worker.close()
        self._helpers.clear()
        self._waiting = SimpleQueue()

    def run(self, work: Work[Item], count: int) -> list[Item]:
        """Outcomes of the numbers below `count`, in their order.

        Raises
        ------
        UsageError
            ``scheduler_not_installed``, ``scheduler_unreachable``.
        DataError
            ``scheduler_failed``: the cluster gave an error instead of an outcome; ``worker_ended``: a process did.
        """
        if count <= 0:
            return []
        if self._scheduler is not None:
            return _on_cluster(work, count, self._scheduler)
        done = work.run(0, 1)  # also prepares and compiles: no measure of what follows
        begin = perf_counter()
        done += work.run(1, min(count, 2))
        each = perf_counter() - begin
        left = (count - len(done)) * each
        self._seen_s += left
        size = max(int(min(_BATCH_S, left / (_BATCHES_PER_CORE * self._cores)) / each), 1)
        batches = _cut(len(done), count, size)
        if work.in_threads and self._cores > 1 and left >= _SERIAL_S:
            return done + _in_threads(work, batches, self._cores)
        if not work.in_threads and self._cores > 1 and self._seen_s >= _HELP_AFTER_S:
            self.call_in()
        if self._helpers and left >= _ALONE_S:
            return done + self._divide(work, batches)
        return done + work.run(len(done), count)

    def call_in(self, *modules: str) -> None:
        """Start the processes that help, if they were not: they load `modules` beside whatever comes first."""
        while len(self._helpers) < self._cores - 1:
            worker = Worker(modules)
            thread = Thread(target=_help, args=(worker, self._waiting), name="kansenkaart-help", daemon=True)
            self._helpers.append((worker, thread))
            thread.start()

    def share(
        self, work: Work[Item], count: int, begin: Callable[[int], None] = lambda _: None
    ) -> list[Item]:
        """Outcomes of the numbers below `count`, one by one by whoever is free; what was called in helps.

        Parameters
        ----------
        begin
            Called with every number when it is begun, perhaps by another thread.

        Raises
        ------
        Exception
            What the first number that failed raised; by then nobody is at work any more.
        """
        return self._divide(work, [(number, number + 1) for number in range(count)], begin)

    def _divide(
        self,
        work: Work[Item],
        batches: list[tuple[int, int]],
        begin: Callable[[int], None] = lambda _: None,
    ) -> list[Item]:
        """Do the batches one by one while the helpers that are up take others."""
        if len(batches) == 1:  # not worth sending
            begin(batches[0][0])
            return work.run(*batches[0])
        answers: SimpleQueue[tuple[int, bool, Any]] = SimpleQueue()
        # As it is now: while it travels, this process is at work on it and may keep in it what it finds.
        packed = pack(work) if self._helpers else b""
        for position, batch in enumerate(batches):
            self._waiting.put(_Batch(packed, *batch, position, answers, begin))
        found: dict[int, list[Item]] = {}
        failed: dict[int, Exception] = {}
        dropped = 0
        try:
            while not failed and (mine := _next(self._waiting)) is not None:
                begin(mine.first)
                try:
                    found[mine.position] = work.run(mine.first, mine.out)
                except Exception as error:
                    failed[mine.position] = error
        finally:
            while _next(self._waiting) is not None:  # what nobody has begun, after a failure or an interrupt
                dropped += 1
        while len(found) + len(failed) + dropped < len(batches):
            position, fine, answer = answers.get()
            (found if fine else failed)[position] = answer
        if failed:
            raise failed[min(failed)]
        return [result for position in range(len(batches)) for result in found[position]]


# This process and nothing else.
ALONE = Crew(cores=1)


def _help(worker: Worker, waiting: SimpleQueue[_Batch | None]) -> None:
    """Let a process take batches as they come; one that does not come up takes none."""
    if not worker.wait():
        return
    while (batch := waiting.get()) is not None:
        try:
            batch.begin(batch.first)
            answer = batch.position, True, worker.run(batch.work, batch.first, batch.out)
        except BaseException as error:
            answer = batch.position, False, cast(Any, error)
        batch.answers.put(answer)


def _next(waiting: SimpleQueue[_Batch | None]) -> _Batch | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _in_threads(work: Work[Item], batches: list[tuple[int, int]], cores: int) -> list[Item]:
    with _threads(min(cores, len(batches))) as pool:
        waiting: list[Future[list[Item]]] = [pool.submit(work.run, *batch) for batch in batches]
        return [result for future in waiting for result in future.result()]


def check_scheduler(address: str) -> None:
    """Raise ``UsageError`` when the Dask scheduler at `address` cannot be used, before anything is worked out."""
    with _client(address):
        pass


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that drops what has not begun when something fails or the user interrupts."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="kansenkaart")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cut(first: int, count: int, size: int) -> list[tuple[int, int]]:
    return [(begin, min(begin + size, count)) for begin in range(first, count, size)]


def _on_cluster(work: Work[Item], count: int, address: str) -> list[Item]:
    """Send the work once to every worker, and batches of numbers after it."""
    with _client(address) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise UsageError(
                "scheduler_without_workers",
                "The Dask scheduler at {address} has no workers; start some with 'dask worker {address}'.",
                address=address,
            )
        size = -(-count // (_BATCHES_PER_THREAD * threads))
        try:
            there = client.scatter(work, broadcast=True, hash=False)
            sent = [client.submit(_run, there, *batch, pure=False) for batch in _cut(0, count, size)]
            return [result for part in client.gather(sent) for result in part]
        except Exception as error:
            # Whatever a worker raises arrives here as itself: a missing package, a lost connection, a full memory.
            raise DataError(
                "scheduler_failed",
                "The Dask cluster at {address} stopped with {kind}: {error}. Every worker needs the same version "
                "of Python and kansenkaart; leave out --scheduler to use this machine.",
                address=address,
                kind=type(error).__name__,
                error=str(error)[:300],
            ) from error


def _run(work: Work[Item], first: int, out: int) -> list[Item]:
    return work.run(first, out)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no earlier client that got no answer be closed by the collector now: it would wait for ever for this one."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A connection to a Dask scheduler, closed afterwards whatever happens."""
    try:
        from distributed import Client  # noqa: PLC0415 - optional
    except ImportError as error:
        raise UsageError(
            "scheduler_not_installed",
            "--scheduler {address} needs the package distributed; install kansenkaart[dask], or leave the option "
            "out to use all cores of this machine.",
            address=address,
        ) from error
    try:
        with _uncollected():
            client = cast(Any, Client)(address, timeout=_ANSWER_S, set_as_default=False)
    except (OSError, ValueError, TypeError, AssertionError) as error:
        # distributed asserts that its half-made client is closed, which on a busy machine it is not yet.
        raise UsageError(
            "scheduler_unreachable",
            "No Dask scheduler answers at {address} within {seconds:g} s ({kind}). Give its address as "
            "tcp://host:port, check that 'dask scheduler' runs there, or leave out --scheduler.",
            address=address,
            seconds=_ANSWER_S,
            kind=type(error).__name__,
        ) from error
    with client:
        yield client
