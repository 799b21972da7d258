"""The most similar items by cosine: ours as 2 threads and as 2 ranks beside implicit's CosineRecommender.

run.sh neighbours [--quick] [--runs N] [--limit SECONDS]

Data: what ratings.py makes, 200,000 x 20,000 with 19.1 million pairs and values from 1 to 5; 20 neighbours of every item; 2 cores for
everybody. Timed, with the matrix in memory, to the lists in memory: ours find_neighbours(), of the matrix by customers and by items as
every step has it; implicit CosineRecommender.fit(), K = 21, since it counts an item as its own neighbour. Likenesses of all lists are
compared. Runs alternate and the median counts; who takes more than the limit is stopped.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import rating_files
from peer_runs import DATA, FULLBASE, THREADS, Method, Rows, bring_into_cache, run_all

DRIVER = Path(FULLBASE).with_name("peer_neighbours")
NEIGHBOURS = 20

PEER = """
import json, sys, time
import numpy as np
sys.path.insert(0, sys.argv[1])
import rating_files
from implicit.nearest_neighbours import CosineRecommender
folder, neighbours, threads, out = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
matrix = rating_files.matrix(folder)
model = CosineRecommender(K=neighbours + 1, num_threads=threads)
begin = time.perf_counter()
model.fit(matrix, show_progress=False)
seconds = time.perf_counter() - begin
similarity = model.similarity.tocsr()
rows = np.repeat(np.arange(similarity.shape[0]), np.diff(similarity.indptr))
other = rows != similarity.indices
rating_files.write_lists(out, similarity.shape[0], rows[other], similarity.indices[other], similarity.data[other])
print()
print(json.dumps({"seconds": seconds}))
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600, help="seconds after which somebody is stopped")
    parser.add_argument("--quick", action="store_true", help="small data, one run: whether all of it works")
    given = parser.parse_args()
    runs = 1 if given.quick else given.runs
    folder = rating_files.ratings(*((4_000, 1_000) if given.quick else (200_000, 20_000)))
    bring_into_cache(folder)
    with tempfile.TemporaryDirectory(dir=DATA) as out:
        out = Path(out).resolve()
        own = []
        for name, ranks, threads in (("2 threads", 1, THREADS), ("2 ranks", THREADS, 1)):
            command = [DRIVER, folder, NEIGHBOURS, threads, out / name.replace(" ", "-")]
            own.append(Method(name, ["mpirun", "-n", ranks, *command] if ranks > 1 else command))
        peer = Method("implicit", [sys.executable, "-W", "ignore", "-c", PEER, Path(__file__).parent, folder, NEIGHBOURS, THREADS, out / "implicit"])
        standing = run_all("neighbours", [*own, peer], own, runs, given.limit)
        seconds = {method.name: method.median(lambda printed: printed["seconds"]) for method in standing}
        expected = rating_files.read_lists(out / "implicit", NEIGHBOURS)[1]
        rows = Rows()
        for method in own:
            found = rating_files.read_lists(out / method.name.replace(" ", "-"), NEIGHBOURS)[1]
            if found.shape != expected.shape:
                sys.exit(f"{method.name} has lists of {found.shape[0]} items, implicit of {expected.shape[0]}")
            rows.row(f"{len(found):,} items, {method.name}", method.median(lambda printed: printed["seconds"]), seconds,
                     f"likenesses differ by at most {np.abs(found - expected).max():.1e}; {method.printed[0]['bytes_sent'] / 1e6:.0f} MB sent")
        rows.end()


if __name__ == "__main__":
    main()
