"""Everybody's ten best items by factors: ours as 2 threads and as 2 ranks beside implicit's recommend().

run.sh recommend [--quick] [--runs N] [--limit SECONDS]

Data: what ratings.py makes, 200,000 x 20,000 with 19.1 million pairs; 64 factors that implicit has found, the same for everybody; 2 cores for
everybody. Timed, with matrix and factors in memory, to the lists in memory: ours top_by_factors(); implicit recommend() of all
customers at once, what they have already left out by both. Scores of all lists are compared. Runs alternate and the median
counts; who takes more than the limit is stopped.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import rating_files
from peer_runs import DATA, FULLBASE, THREADS, Method, Rows, bring_into_cache, made_once, output_of, run_all

DRIVER = Path(FULLBASE).with_name("peer_recommend")
RANK, TOP = 64, 10

PEER = """
import json, sys, time
import numpy as np
sys.path.insert(0, sys.argv[1])
import rating_files
from implicit.cpu.als import AlternatingLeastSquares
folder, factors, rank, top, threads, out = sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]), sys.argv[7]
matrix = rating_files.matrix(folder)
model = AlternatingLeastSquares(factors=rank, num_threads=threads)
model.user_factors, model.item_factors = rating_files.read_factors(factors, rank)
everybody = np.arange(matrix.shape[0])
begin = time.perf_counter()
ids, scores = model.recommend(everybody, matrix, N=top, filter_already_liked_items=True)
seconds = time.perf_counter() - begin
rating_files.write_lists(out, len(everybody), np.repeat(everybody, top), ids.ravel(), scores.ravel())
print()
print(json.dumps({"seconds": seconds}))
"""


def factors_of(folder):
    """Factors of the matrix, made once: the prefix of their files."""
    make = Path(__file__).with_name("factorise_peers.py")

    def fit(target):
        target.mkdir(parents=True)
        output_of([sys.executable, "-W", "ignore", make, "cg", folder, RANK, 0.01, 1.0, 5, THREADS, target / "factors"], OPENBLAS_NUM_THREADS="1")

    return made_once(DATA / f"{folder.name}-factors-{RANK}", fit) / "factors"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600, help="seconds after which somebody is stopped")
    parser.add_argument("--quick", action="store_true", help="small data, one run: whether all of it works")
    given = parser.parse_args()
    runs = 1 if given.quick else given.runs
    folder = rating_files.ratings(*((4_000, 1_000) if given.quick else (200_000, 20_000)))
    factors = factors_of(folder)
    bring_into_cache(folder, factors.parent)
    with tempfile.TemporaryDirectory(dir=DATA) as out:
        out = Path(out).resolve()
        own = []
        for name, ranks, threads in (("2 threads", 1, THREADS), ("2 ranks", THREADS, 1)):
            command = [DRIVER, folder, factors, RANK, TOP, threads, out / name.replace(" ", "-")]
            own.append(Method(name, ["mpirun", "-n", ranks, *command] if ranks > 1 else command))
        peer = Method("implicit", [sys.executable, "-W", "ignore", "-c", PEER, Path(__file__).parent, folder, factors, RANK, TOP, THREADS, out / "implicit"])
        standing = run_all("recommend", [*own, peer], own, runs, given.limit)
        seconds = {method.name: method.median(lambda printed: printed["seconds"]) for method in standing}
        ids, scores = rating_files.read_lists(out / "implicit", TOP)
        rows = Rows()
        for method in own:
            own_ids, own_scores = rating_files.read_lists(out / method.name.replace(" ", "-"), TOP)
            if own_scores.shape != scores.shape:
                sys.exit(f"{method.name} has lists of {own_scores.shape[0]} customers, implicit of {scores.shape[0]}")
            rows.row(f"{len(scores):,} customers, {method.name}", method.median(lambda printed: printed["seconds"]), seconds,
                     f"scores differ by at most {np.abs(own_scores - scores).max():.1e}, {np.mean(own_ids == ids):.4%} of places have the same item; "
                     f"{method.printed[0]['bytes_sent'] / 1e6:.0f} MB sent")
        rows.end()


if __name__ == "__main__":
    main()
