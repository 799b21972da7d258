"""The most similar items by cosine: ours as 2 threads and as 2 ranks beside implicit's CosineRecommender.

run.sh neighbours [--quick] [--runs N] [--limit SECONDS]

Data: what ratings.py makes, 200,000 x 20,000 with 19.1 million pairs and values from 1 to 5; 20 neighbours of every item; 2 cores for
everybody. Timed, with the matrix in memory, to the lists in memory: ours find_neighbours(), of the matrix by customers and by items as
every step has it; implicit CosineRecommender.fit(), K = 21, since it counts an item as its own neighbour. Likenesses of all lists are
compared. Runs alternate and the median counts; who takes more than the limit is stopped.
"""
import numpy as np
from list_runs import compare_lists

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


def compared(found, expected):
    return f"likenesses differ by at most {np.abs(found[1] - expected[1]).max():.1e}"


if __name__ == "__main__":
    compare_lists("neighbours", "items", PEER, NEIGHBOURS, lambda folder: [NEIGHBOURS], compared)
