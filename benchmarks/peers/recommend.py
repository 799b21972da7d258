"""Everybody's ten best items by factors: ours as 2 threads and as 2 ranks beside implicit's recommend().

run.sh recommend [--quick] [--runs N] [--limit SECONDS]

Data: what ratings.py makes, 200,000 x 20,000 with 19.1 million pairs; 64 factors that implicit has found, the same for everybody; 2 cores for
everybody. Timed, with matrix and factors in memory, to the lists in memory: ours top_by_factors(); implicit recommend() of all
customers at once, what they have already left out by both. Scores of all lists are compared. Runs alternate and the median
counts; who takes more than the limit is stopped.
"""
import sys
from pathlib import Path

import numpy as np
from list_runs import compare_lists
from peer_runs import DATA, THREADS, made_once, output_of

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


def compared(found, expected):
    return f"scores differ by at most {np.abs(found[1] - expected[1]).max():.1e}, {np.mean(found[0] == expected[0]):.4%} of places have the same item"


if __name__ == "__main__":
    compare_lists("recommend", "customers", PEER, TOP, lambda folder: [factors_of(folder), RANK, TOP], compared)
