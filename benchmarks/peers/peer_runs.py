"""What the comparisons share: runs that alternate, their median, one row a case, the lowest ratio at the end."""
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

THREADS = 2
DATA = Path("build-bench-data")  # what is made once and used again; ignored by git
FULLBASE = os.path.join(os.environ.get("FULLBASE_BENCH_BIN", "build-bench/bin"), "fullbase")


def made_once(path, make):
    """`path`, made by make(a temporary path beside it) unless it is there: what is interrupted is made again."""
    path = Path(path)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + f".part{os.getpid()}")
        make(partial)
        partial.rename(path)
    return path


def bring_into_cache(*paths):
    """Reads files and folders through once, so that everybody finds them in the page cache."""
    for path in map(Path, paths):
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file():
                with file.open("rb") as stream:
                    while stream.read(1 << 24):
                        pass


def output_of(command, **variables):
    """Runs a command to its end and returns what it printed; its failure ends the comparison with its own words."""
    command = [str(word) for word in command]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)[:200]} failed ({done.returncode}):\n{done.stderr or done.stdout}")
    return done.stdout


def process_seconds(command, **variables):
    """Wall time of a whole process, from its start to its end."""
    begin = time.perf_counter()
    output_of(command, **variables)
    return time.perf_counter() - begin


class Measured:
    """A process that has ended: seconds from its start to its end, and what it printed."""

    def __init__(self, command, limit=None, **variables):
        """`ended` is false where it was stopped after `limit` seconds. It may fail: `code`, `said`."""
        with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
            begin = time.perf_counter()
            process = subprocess.Popen([str(word) for word in command], env={**os.environ, **variables}, stdout=printed, stderr=said,
                                       start_new_session=True)
            stop = threading.Timer(limit or 1e6, os.killpg, (process.pid, signal.SIGKILL))
            stop.start()
            self.code = process.wait()
            self.seconds = time.perf_counter() - begin
            stop.cancel()
            self.ended = not limit or self.seconds < limit
            printed.seek(0)
            said.seek(0)
            self.printed, self.said = printed.read().decode(), said.read().decode()


class Method:
    """Somebody's runs: what they printed, or why there is nothing."""

    def __init__(self, name, command):
        self.name, self.command, self.printed, self.gone = name, command, [], ""

    def once(self, limit):
        if self.gone:
            return
        os.sync()  # nobody pays for another's pages
        measured = Measured(self.command, limit, OMP_NUM_THREADS=str(THREADS), OPENBLAS_NUM_THREADS="1")
        if not measured.ended:
            self.gone = f"more than {limit:.0f} s"
        elif measured.code != 0:
            self.gone = "failed"
            print(f"{self.name}: {measured.said.strip()[-500:]}", file=sys.stderr)
        else:
            self.printed.append(json.loads(measured.printed.splitlines()[-1]))

    def median(self, seconds):
        return statistics.median(map(seconds, self.printed))


def run_all(case, methods, own, runs, limit):
    """Alternating; the methods that are not `own` and came to an end. Ends the comparison where one of `own` does not."""
    for _ in range(runs):
        for method in methods:
            method.once(limit)
    for method in methods:
        if method.gone:
            print(f"{case}: {method.name}: {method.gone}", flush=True)
            if method in own:
                sys.exit(1)
    standing = [method for method in methods if not method.gone and method not in own]
    if not standing:
        sys.exit(f"{case}: no peer has come to an end")
    return standing


def alternating_medians(runs, repeats):
    """Calls runs[name]() -> seconds for each name in turn, `repeats` times around; {name: median}."""
    seconds = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            os.sync()  # nobody pays for another's pages
            seconds[name].append(run())
    return {name: statistics.median(times) for name, times in seconds.items()}


def shown(seconds):
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{1000 * seconds:.1f} ms"


class Rows:
    """Prints a row a case as they come; the lowest ratio at the end."""

    def __init__(self):
        self.lowest = float("inf")

    def row(self, case, ours, peers, quality):
        """`peers`: {name: seconds}; the ratio is that of the fastest to ours."""
        fastest = min(peers, key=peers.get)
        ratio = peers[fastest] / ours
        self.lowest = min(self.lowest, ratio)
        listed = ", ".join(f"{name} {shown(seconds)}" for name, seconds in peers.items())
        print(f"{case}: ours {shown(ours)}; {listed}; ratio to {fastest} {ratio:.2f}; {quality}", flush=True)

    def end(self):
        print(f"lowest ratio: {self.lowest:.2f}")
