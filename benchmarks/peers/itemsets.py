"""Frequent itemsets: ours as 2 threads and as 2 ranks beside PyFIM (apriori, eclat, fpgrowth), mlxtend (fpgrowth, apriori) and Spark.

run.sh itemsets [--quick] [--runs N] [--limit SECONDS] [--cases NAMES]

Data, the same file of baskets for everybody, in the page cache: Groceries (9,835 baskets; support 1 % and 0.1 %), Online Retail
(invoices of lines with a quantity and a price above 0, items by stock code; 1 % and 0.5 %), and what baskets.py makes: a sparse base
of 2,000,000 baskets (0.1 %), a dense one of 100,000 baskets of 60 items (12 %: about a million sets), and 100,000 ordinary baskets
with and without thirty of 5,000 items among them (0.5 %).

Timed, from the file of baskets to all sets with their counts on disk, synchronised; 2 cores for everybody:
- sparse, dense: whole processes. Ours is `fullbase run` of a job with an import into a new store and the step itemsets: its store,
  its output (a row a set), their checksums and digests included, and MPI's start where there are 2 ranks. Peers: a Python process
  that reads the file, mines, and writes a line a set.
- the others take less time than a process to start: from the opening of the file to the sets on disk, within a process that runs.
  Ours is peer_itemsets (itemsets.cpp), which writes a line a set as the peers do. What whole processes take is told beside it and
  does not count for the lowest ratio.
Runs alternate and the median counts; who takes more than half a minute runs once, who takes more than the limit is stopped. Every
set of everybody is compared. Peak memory (VmHWM): of the Python process; of our whole run, of the rank that took most.
"""
import argparse
import csv
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from itemset_peers import peers
from peer_runs import DATA, FULLBASE, THREADS, Measured, Rows, bring_into_cache, made_once, output_of, shown

DRIVER = Path(FULLBASE).with_name("peer_itemsets")
REAL_DATA = Path(os.environ.get("FULLBASE_REAL_DATA", "../shared/data"))
SLOW = 30.0  # seconds; one run is enough then

JOB = """version: 1
store: {folder}/store
output: {{file: {folder}/sets.h5}}
import:
  baskets: {{files: {source}, layout: baskets, delimiter: {delimiter}, item: {{type: {type}}}}}
steps:
  sets: {{job: itemsets, from: baskets, basket: basket, item: item, count: {least}}}
"""


def real(name, make=None):
    """A file of the real data, or what is made of it once; nothing where it is not there."""
    path = REAL_DATA / name
    if not path.exists():
        return None
    return made_once(DATA / f"{name.split('.')[0]}.baskets", lambda target: make(path, target)) if make else path


def invoices(lines, target):
    """A line an invoice, its different stock codes by comma."""
    baskets = {}
    with gzip.open(lines, "rt") as file:
        for line in csv.DictReader(file):
            if int(line["Quantity"]) > 0 and float(line["UnitPrice"]) > 0:
                baskets.setdefault(line["InvoiceNo"], {})[line["StockCode"]] = None
    target.write_text("".join(",".join(basket) + "\n" for basket in baskets.values()))


def generated(kind, baskets):
    make = Path(__file__).with_name("baskets.py")
    return made_once(DATA / f"baskets-{kind}-{baskets}.dat", lambda path: output_of([sys.executable, make, kind, path, baskets]))


def cases(quick):
    """(name, file, delimiter, support, whether whole processes count)"""
    size = {"sparse": 50_000, "dense": 5_000, "ordinary": 20_000} if quick else {"sparse": 2_000_000, "dense": 100_000, "ordinary": 100_000}
    groceries, retail = lambda: real("groceries.csv"), lambda: real("online_retail.csv.gz", invoices)
    return [("groceries 1 %", groceries, ",", "0.01", False), ("groceries 0.1 %", groceries, ",", "0.001", False),
            ("retail 1 %", retail, ",", "0.01", False), ("retail 0.5 %", retail, ",", "0.005", False),
            ("sparse 0.1 %", lambda: generated("sparse", size["sparse"]), "", "0.001", True),
            ("dense 12 %", lambda: generated("dense", size["dense"]), "", "0.12", True),
            ("ordinary 0.5 %", lambda: generated("ordinary", size["ordinary"]), "", "0.005", False),
            ("huge 0.5 %", lambda: generated("huge", size["ordinary"]), "", "0.005", False)]


class Miner:
    """Somebody's runs on a case: seconds of whole processes and within them, peak memory, and where the sets are."""

    def __init__(self, name, run, sets):
        self.name, self.run, self.sets = name, run, sets  # run() -> Measured; sets() -> {sorted items: count}
        self.whole, self.within, self.peak, self.gone, self.stopped = [], [], 0, "", False

    def once(self, limit):
        measured = self.run(limit)
        if not measured.ended:
            self.gone, self.stopped = f"more than {limit:.0f} s", True
        elif measured.code != 0:
            self.gone = "no memory" if "MemoryError" in measured.said or measured.code == -9 else "failed"
            print(f"{self.name}: {self.gone}: {measured.said.strip()[-300:]}", file=sys.stderr)
        else:
            self.whole.append(measured.seconds)
            seconds, kibibytes = measured.printed.split()[-2:]
            self.within.append(float(seconds))
            self.peak = max(self.peak, int(kibibytes))

    def done(self, runs):
        return bool(self.gone) or len(self.whole) >= (1 if self.whole and self.whole[0] > SLOW else runs)


def sets_of_lines(path, delimiter):
    """The sets of lines "a b (count)", in a file or in the parts of a folder."""
    found = {}
    for part in sorted(path.glob("part-*")) if path.is_dir() else [path]:
        for line in part.read_text().splitlines():
            items, count = line[:-1].rsplit(" (", 1)
            found[tuple(sorted(items.split(delimiter or " ")))] = int(count)
    return found


def sets_of_output(path):
    """The sets of our table: each is the set of row `rest` with `item`."""
    import h5py

    with h5py.File(path) as file:
        table = file["sets"]
        item, rest, counts = table["item"], table["rest"], table["count"][:].tolist()
        if isinstance(item, h5py.Group):
            texts = item["categories"].asstr()[:].tolist()
            items = [texts[code] for code in item["codes"][:].tolist()]
        else:
            items = [str(value) for value in item[:].tolist()]
        missing, rests = rest["mask"][:].tolist(), rest["values"][:].tolist()
    sets = []
    for row, name in enumerate(items):
        sets.append((name,) if missing[row] else sets[rests[row]] + (name,))
    return {tuple(sorted(one)): count for one, count in zip(sets, counts)}


def clear(*paths):
    for path in paths:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    os.sync()  # nobody pays for another's pages


def ours(name, ranks, threads, job, folder):
    def run(_):
        clear(folder / "store", folder / "sets.h5", folder / "sets.h5.run.json")
        command = [FULLBASE, "run", job, "--fresh", "--quiet", "--set", f"resources.threads={threads}"]
        measured = Measured(["mpirun", "-n", ranks, *command] if ranks > 1 else command)
        if measured.code == 0:
            steps = json.loads((folder / "sets.h5.run.json").read_text())["steps"]
            measured.printed = f"{measured.seconds} {max(step['peak_memory_bytes'] for step in steps) >> 10}"
        return measured

    return Miner(name, run, lambda: sets_of_output(folder / "sets.h5"))


def driver(name, ranks, threads, source, delimiter, least, folder):
    target = folder / name.replace(" ", "-")

    def run(_):
        clear(target)
        command = [DRIVER, source, delimiter or "blanks", least, threads, target]
        measured = Measured(["mpirun", "-n", ranks, *command] if ranks > 1 else command)
        if measured.code == 0:
            measured.printed = f"{json.loads(measured.printed)['seconds']} 0"
        return measured

    return Miner(name, run, lambda: sets_of_lines(target, delimiter))


def peer(name, code, source, delimiter, least, folder):
    target = folder / name.replace(" ", "-")

    def run(limit):
        clear(target)
        return Measured([sys.executable, "-W", "ignore", "-c", code, source, target, delimiter, least], limit, OMP_NUM_THREADS=str(THREADS))

    return Miner(name, run, lambda: sets_of_lines(target, delimiter))


def compared(case, miners):
    """The number of sets that all have; ends the comparison where somebody has other ones."""
    first, expected = None, None
    for miner in miners:
        if miner.gone:
            continue
        sets = miner.sets()
        first, expected = first or miner.name, sets if expected is None else expected
        if sets != expected:
            wrong = next(key for key in {**sets, **expected} if sets.get(key) != expected.get(key))
            sys.exit(f"{case}: {miner.name} has {len(sets)} sets, {first} {len(expected)}; of {wrong}: {sets.get(wrong)}, {expected.get(wrong)}")
    return len(expected)


def compare(case, source, delimiter, support, whole, given, rows, told, lowest):
    with source.open("rb") as file:
        baskets = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 24), b""))
    least = -(-Fraction(support) * baskets // 1)
    bring_into_cache(source)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        folder = Path(folder).resolve()
        job = folder / "job.yaml"
        job.write_text(JOB.format(folder=folder, source=source.resolve(), least=least, delimiter=f'"{delimiter}"' if delimiter else "blanks",
                                  type="category" if delimiter else "int64"))
        own = [ours("2 threads", 1, THREADS, job, folder), ours("2 ranks", THREADS, 1, job, folder)]
        others = [peer(name, code, source, delimiter, least, folder) for name, code in given.codes.items()]
        drivers = [] if whole else [driver("2 threads within", 1, THREADS, source, delimiter, least, folder),
                                    driver("2 ranks within", THREADS, 1, source, delimiter, least, folder)]
        miners = [*own, *others, *drivers]
        for _ in range(given.runs):
            for miner in miners:
                if not miner.done(given.runs):
                    miner.once(given.limit)
        for miner in own + drivers:
            if miner.gone:
                sys.exit(f"{case}: ours {miner.gone}")
        sets = compared(case, miners)

    median = {miner.name: statistics.median(miner.whole) for miner in miners if not miner.gone}
    within = {miner.name: statistics.median(miner.within) for miner in [*others, *drivers] if not miner.gone}
    standing = [miner.name for miner in others if not miner.gone]
    gone = "".join(f"; {miner.name} {miner.gone}" for miner in others if miner.gone)
    memory = ", ".join(f"{miner.name} {miner.peak >> 10}" for miner in [*own, *others] if miner.peak)
    print(f"{case}: {baskets:,} baskets, at least {least:,}: the same {sets:,} sets of all{gone}; peak memory, MiB: {memory}", flush=True)
    for names, seconds, into in ((own, median, rows if whole else told), (drivers, within, rows)):
        for miner in names:
            mine = seconds[miner.name]
            others_seconds = {name: seconds[name] for name in standing}
            mlxtend = [miner for miner in others if miner.name.startswith("mlxtend")]
            beside = min([others_seconds[miner.name] for miner in mlxtend if not miner.gone]
                         or [given.limit for miner in mlxtend if miner.stopped] or [0]) / mine
            at_least = "at least " if beside and all(miner.gone for miner in mlxtend) else ""
            quality = f"to mlxtend {at_least}{beside:.1f}" if beside else "no mlxtend"
            if beside and into is rows:
                lowest.append(beside)
            into.row(f"{case}, {miner.name}" + ("" if into is rows else ", whole processes"), mine, others_seconds, quality)
    return within


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a peer is stopped")
    parser.add_argument("--cases", default="", help="by comma; those whose name begins so")
    parser.add_argument("--peers", default="", help="by comma; those whose name begins so")
    parser.add_argument("--quick", action="store_true", help="small data, one run, no Spark: whether all of it works")
    given = parser.parse_args()
    if given.quick:
        given.runs, given.limit = 1, min(given.limit, 20)
    has_spark = not given.quick and shutil.which("java") and subprocess.run([sys.executable, "-c", "import pyspark"], capture_output=True).returncode == 0
    wanted = given.peers.split(",")
    given.codes = {name: code for name, code in peers(THREADS, has_spark).items() if name.startswith(tuple(wanted))}

    DATA.mkdir(exist_ok=True)
    print(f"{THREADS} cores for everybody, median of {given.runs}", flush=True)
    rows, told, lowest, within = Rows(), Rows(), [], {}
    for case, file, delimiter, support, whole in cases(given.quick):
        if not case.startswith(tuple(given.cases.split(","))):
            continue
        source = file()
        if source is None:
            print(f"{case}: left out, FULLBASE_REAL_DATA is not there")
            continue
        within[case] = compare(case, source, delimiter, support, whole, given, rows, told, lowest)
    if "ordinary 0.5 %" in within and "huge 0.5 %" in within:
        before, after = within["ordinary 0.5 %"], within["huge 0.5 %"]
        print("thirty baskets of 5,000 items among the ordinary ones, times the run time without: "
              + ", ".join(f"{name} {after[name] / before[name]:.2f} ({shown(before[name])}, {shown(after[name])})" for name in after if name in before))
    if lowest:
        print(f"lowest ratio to mlxtend: {min(lowest):.1f}")
    rows.end()


if __name__ == "__main__":
    main()
