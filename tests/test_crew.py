"""Where work runs changes nothing: one core, threads, processes of our own, a Dask cluster of two workers."""

import gc
import os
import pickle
import signal
import sys
import threading
import time
import types
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kansenkaart import crew as scheduler
from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.main import run as run_command
from kansenkaart.crew import Crew, check_scheduler
from kansenkaart.errors import DataError, UsageError
from kansenkaart.matches.certainty.draws import DrawWork
from kansenkaart.matches.certainty.uncertain import Uncertain
from kansenkaart.matches.program.stage import Conversion
from kansenkaart.matches.solve.problem import Group, Plan, Problem
from kansenkaart.worker import Worker, end_helpers, pack

DRAWS = 12


def _problem(seed, n=12, m=15):
    random = np.random.default_rng(seed)
    s, d = np.nonzero(random.random((n, m)) < 0.5)
    pairs = pd.DataFrame({"s": s, "d": d, "distance_m": np.round(random.uniform(100, 5000, len(s)), 4)})
    pairs = pairs.assign(weight_m=pairs["distance_m"], network=-1)
    supply, demand = random.lognormal(3, 1, (n, 1)), random.lognormal(3, 1, (m, 1))
    tier = random.integers(0, 2, len(s))
    worth = np.where(tier == 0, random.uniform(1, 3, len(s)), np.nan)
    stream = load_catalogue().streams["gft"]
    return Problem(stream, [], pairs, supply, demand, supply[:, 0], "net_eur"), Plan(tier, worth)


def _uncertain(count, first):
    return Uncertain(np.arange(first, first + count), np.full(count, 0.6), np.full(count, 1.7))


@pytest.fixture
def plain():
    """One stream by itself: threads."""
    problem, plan = _problem(1)
    normal = np.random.default_rng(9).standard_normal((DRAWS, 40))
    rows = np.arange(len(plan.tier))
    sides = ((_uncertain(12, 0), _uncertain(15, 12)),)
    return DrawWork(Group((problem,)), [plan], sides, _uncertain(0, 0), normal, (rows,))


@pytest.fixture
def linked():
    """Two streams with a processor between them: processes."""
    (taken, first), (made, second) = _problem(1), _problem(2)
    group = Group((taken, made), conversions=(Conversion(0, 3, 1, 2, 0.5),))
    normal = np.random.default_rng(9).standard_normal((DRAWS, 60))
    rows = (np.arange(len(first.tier)), np.arange(len(second.tier)))
    sides = ((_uncertain(12, 0), _uncertain(15, 12)), (_uncertain(12, 27), _uncertain(15, 39)))
    return DrawWork(group, [first, second], sides, _uncertain(1, 54), normal, rows)


@pytest.fixture(params=["plain", "linked"])
def work(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def cluster():
    """A real cluster of two processes on this machine, started as its users start it."""
    distributed = pytest.importorskip("distributed")
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=False,
        ) as local,
    ):
        yield local.scheduler_address


def same(some, others):
    np.testing.assert_array_equal(np.stack(some), np.stack(others))


def test_the_two_kinds_of_work_run_in_their_own_way(plain, linked):
    assert plain.in_threads
    assert not linked.in_threads


def test_draws_differ(work):
    drawn = np.stack(work.run(0, DRAWS))
    assert len(np.unique(drawn.sum(axis=1))) == DRAWS


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_any_number_of_cores_gives_what_one_gives(work, cores, always_divided):
    with Crew(cores=cores) as crew:
        same(crew.run(work, DRAWS), work.run(0, DRAWS))
        same(crew.run(work, DRAWS - 5), work.run(0, DRAWS - 5))


@pytest.fixture
def always_divided(monkeypatch):
    for least in ("_SERIAL_S", "_HELP_AFTER_S", "_ALONE_S"):
        monkeypatch.setattr(scheduler, least, 0.0)


@pytest.fixture
def started(monkeypatch):
    """The processes that were started."""
    found = []
    start = Worker.__init__
    monkeypatch.setattr(
        Worker, "__init__", lambda worker, *modules: (found.append(worker), start(worker, *modules))[1]
    )
    return found


def test_small_work_calls_no_process_in_and_work_for_threads_never_does(linked, plain, monkeypatch, started):
    monkeypatch.setattr(scheduler, "_HELP_AFTER_S", 60.0)
    with Crew(cores=2) as crew:
        crew.run(linked, DRAWS)
        assert not started
        monkeypatch.setattr(scheduler, "_HELP_AFTER_S", 0.0)
        crew.run(plain, DRAWS)
        assert not started
        for _ in range(2):
            crew.run(linked, DRAWS)
    assert len(started) == 1


class Slow:
    """Work of which this process does nothing before a helper did some of it."""

    in_threads = False

    def __init__(self, seen):
        self.seen, self.here = seen, os.getpid()

    def run(self, first, out):
        given_up = time.monotonic() + 120  # a helper that fails is told, not waited for for ever
        while first > 1 and os.getpid() == self.here and not self.seen.exists():
            assert time.monotonic() < given_up, "no helper did anything"
            time.sleep(0.01)
        if os.getpid() != self.here:
            self.seen.touch()
        return [(number, os.getpid()) for number in range(first, out)]


def test_a_process_helps_as_soon_as_it_is_up(tmp_path, always_divided):
    with Crew(cores=2) as crew:
        done = crew.run(Slow(tmp_path / "seen"), 40)
    assert [number for number, _ in done] == list(range(40))
    assert len({process for _, process in done}) == 2


def test_a_process_that_is_up_helps_with_little_work_too(tmp_path, monkeypatch):
    """For want of one there was no reason to start it: it was called in for what comes after."""
    monkeypatch.setattr(scheduler, "_ALONE_S", 0.0)
    with Crew(cores=2) as crew:
        crew.call_in()
        done = crew.run(Slow(tmp_path / "seen"), 40)
    assert len({process for _, process in done}) == 2


def test_what_is_shared_is_begun_once_each_and_given_in_order_by_whoever_is_free(tmp_path):
    begun = []
    with Crew(cores=2) as crew:
        crew.call_in("json")
        done = crew.share(Slow(tmp_path / "seen"), 20, begun.append)
    assert [number for number, _ in done] == list(range(20))
    assert len({process for _, process in done}) == 2
    assert sorted(begun) == list(range(20))


def test_without_help_what_is_shared_is_done_here_in_order():
    begun = []
    done = Crew(cores=2).share(Slow(Path(os.devnull)), 3, begun.append)
    assert done == [(number, os.getpid()) for number in range(3)]
    assert begun == [0, 1, 2]


class Growing(Slow):
    """Work that keeps what it found, as a property that is worked out once does."""

    def __getstate__(self):
        assert threading.current_thread() is threading.main_thread()
        assert not [name for name in self.__dict__ if name.startswith("found")]
        return dict(self.__dict__)

    def run(self, first, out):
        setattr(self, f"found{first}", os.getpid())
        return super().run(first, out)


def test_what_travels_is_the_work_as_it_was_before_anybody_began(tmp_path):
    with Crew(cores=2) as crew:
        crew.call_in()
        done = crew.share(Growing(tmp_path / "seen"), 20)
    assert len({process for _, process in done}) == 2


class Failing:
    """Work of which one number fails at once, and the others write on for a while, wherever they run."""

    in_threads = False

    def __init__(self, folder, bad):
        self.folder, self.bad = folder, bad

    def run(self, first, out):
        if first in self.bad:
            raise ValueError(f"number {first}")
        (self.folder / f"{first}.busy").touch()
        time.sleep(0.2)
        (self.folder / f"{first}.busy").unlink()
        return [first]


def test_the_first_fault_is_told_when_nobody_writes_any_more(tmp_path):
    with Crew(cores=2) as crew:
        crew.call_in()
        crew.share(Slow(tmp_path / "seen"), 20, lambda _: None)  # afterwards the process is up
        for bad in ({3}, {0, 1}, {1, 2, 3, 4, 5}):
            with pytest.raises(ValueError, match=f"number {min(bad)}"):
                crew.share(Failing(tmp_path, bad), 6, lambda _: None)
            assert not list(tmp_path.glob("*.busy"))
            after = crew.share(Slow(tmp_path / "seen"), 3, lambda _: None)
            assert [number for number, _ in after] == [0, 1, 2]


class Text:
    """Tells how a table that is made where it runs holds its text."""

    def run(self, first, out):
        return [pd.Series(["a", "b"]).dtype.storage] * (out - first)


@pytest.mark.parametrize("storage", ["python", "pyarrow"])
def test_a_process_holds_text_as_the_one_that_it_helps(storage):
    """Its answers would otherwise be of two kinds, by who gave them."""
    with pd.option_context("mode.string_storage", storage):
        worker = Worker()
        try:
            assert worker.wait()
            assert worker.run(pack(Text()), 0, 1) == Text().run(0, 1) == [storage]
        finally:
            worker.end()
            worker.close()


class Rings:
    """Tells how seldom rings of objects are looked for where it runs."""

    def run(self, first, out):
        return [gc.get_threshold()] * (out - first)


@pytest.mark.parametrize("seldom", [(700, 10, 10), (90_000, 15, 15)])
def test_a_process_looks_for_rings_as_seldom_as_the_one_that_it_helps(seldom):
    before = gc.get_threshold()
    gc.set_threshold(*seldom)
    worker = Worker()
    try:
        assert worker.wait()
        assert worker.run(pack(Rings()), 0, 1) == [seldom]
    finally:
        gc.set_threshold(*before)
        worker.end()
        worker.close()


def test_work_that_cannot_be_unpacked_there_says_so_each_time(monkeypatch):
    here = types.ModuleType("only_here")
    here.Unknown = type("Unknown", (), {"__module__": "only_here"})
    monkeypatch.setitem(sys.modules, "only_here", here)
    worker = Worker()
    try:
        assert worker.wait()
        packed = pack(here.Unknown())
        for _ in range(2):
            with pytest.raises(ModuleNotFoundError, match="only_here"):
                worker.run(packed, 0, 1)
    finally:
        worker.end()
        worker.close()


def test_a_run_that_is_told_to_stop_leaves_no_process_behind(started):
    with Crew(cores=3) as crew:
        crew.call_in()
        end_helpers()
        assert [worker._process.poll() is not None for worker in started] == [True, True]


def test_nothing_to_do_is_nothing(plain):
    assert Crew().run(plain, 0) == []
    assert Crew("tcp://127.0.0.1:1").run(plain, 0) == []
    same(Crew().run(plain, 1), plain.run(0, 1))


def test_a_fault_arrives_and_no_process_stays(linked, always_divided, started):
    short = replace(linked, normal=linked.normal[:3])
    with pytest.raises(IndexError), Crew(cores=2) as crew:
        crew.run(short, DRAWS)
    assert [worker._process.poll() is not None for worker in started] == [True]
    assert not [one for one in threading.enumerate() if one.name.startswith("kansenkaart")]


@pytest.fixture
def worker():
    """A process that is up."""
    one = Worker()
    assert one.wait()
    yield one
    one.end()
    one.close()


def test_a_fault_in_a_process_arrives_as_itself_and_the_process_goes_on(linked, worker):
    short = replace(linked, normal=linked.normal[:3])
    with pytest.raises(IndexError):
        worker.run(pickle.dumps(short), 0, 5)
    same(worker.run(pickle.dumps(linked), 0, 1), linked.run(0, 1))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_is_killed_is_said_so(linked, worker):
    same(worker.run(pickle.dumps(linked), 0, 1), linked.run(0, 1))
    os.kill(worker._process.pid, signal.SIGKILL)
    with pytest.raises(DataError, match="ended by itself") as fault:
        worker.run(pickle.dumps(linked), 1, 2)
    assert fault.value.faults[0].key == "worker_ended"


def test_a_cluster_of_two_workers_gives_what_one_core_gives(cluster, work):
    check_scheduler(cluster)
    same(Crew(cluster).run(work, DRAWS), work.run(0, DRAWS))


def test_a_fault_on_a_cluster_is_told_with_what_to_do(cluster, plain):
    short = replace(plain, normal=plain.normal[:3])
    with pytest.raises(DataError, match="leave out --scheduler") as fault:
        Crew(cluster).run(short, DRAWS)
    assert fault.value.faults[0].key == "scheduler_failed"
    assert "IndexError" in str(fault.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://127.0.0.1:8786", "tcp://127.0.0.1"])
def test_an_address_that_does_not_answer_is_a_fault_of_use(address, monkeypatch):
    monkeypatch.setattr(scheduler, "_ANSWER_S", 0.5)
    with pytest.raises(UsageError, match="--scheduler") as fault:
        check_scheduler(address)
    assert fault.value.faults[0].key == "scheduler_unreachable"
    assert fault.value.exit_code == 2


def test_without_the_package_the_fault_says_what_to_install(plain, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"kansenkaart\[dask\]"):
        Crew("tcp://127.0.0.1:8786").run(plain, DRAWS)


def test_the_command_line_refuses_a_wrong_address_before_it_reads_anything(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(scheduler, "_ANSWER_S", 0.5)
    (tmp_path / "kansenkaart.toml").write_text(
        'title = "Proef"\nreference_year = 2025\nregion = {province = "Utrecht"}\n'
        '[[layers]]\nname = "a"\npath = "a.csv"\n',
        encoding="utf-8",
    )
    (tmp_path / "a.csv").write_text("dit is geen laag\n", encoding="utf-8")
    assert run_command(["build", str(tmp_path), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "127.0.0.1:1" in capsys.readouterr().err


def test_a_client_that_falls_over_while_connecting_is_no_fault_of_the_program(monkeypatch):
    def fall_over(*_arguments, **_settings):
        raise AssertionError  # as distributed does on a busy machine

    monkeypatch.setattr("distributed.Client", fall_over)
    with pytest.raises(UsageError, match=r"tcp://127\.0\.0\.1:1"):
        scheduler.check_scheduler("tcp://127.0.0.1:1")
