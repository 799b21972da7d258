"""K-means: ours as 2 threads and as 2 ranks beside faiss, scikit-learn and scikit-learn-intelex.

Data: 2,000,000 x 32 float32. "plain": standard normal, no structure. "clouds": a mixture of k Gaussians of deviation 1 around points
of deviation 2. The start is k rows drawn once. What is timed: 10 iterations (no tolerance) from that start, rows in memory, until
labels, centroids and inertia of the last centroids are there; 2 cores for everybody. faiss ends without labels: its final
assignment is timed too, and "faiss train" is its time without. Inertias are computed alike for all, in double, from each one's
centroids and labels. Each figure is the median of the repeats, which alternate.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "2"
import faiss  # noqa: E402
import numpy as np  # noqa: E402

ITERATIONS = 10
COLUMNS = 32


def make_rows(kind, rows, clusters):
    random = np.random.default_rng(1)
    x = random.standard_normal((rows, COLUMNS), dtype=np.float32)
    if kind == "clouds":
        points = 2 * random.standard_normal((clusters, COLUMNS), dtype=np.float32)
        x += points[random.integers(0, clusters, rows)]
    return x, x[random.choice(rows, clusters, replace=False)].copy()


def inertia(x, centroids, labels):
    total = 0.0
    for first in range(0, len(x), 100_000):
        part = x[first:first + 100_000].astype(np.float64) - centroids[labels[first:first + 100_000]]
        total += float(np.einsum("ij,ij->", part, part))
    return total


def ours(folder, clusters, ranks, threads):
    out = folder / "ours"
    command = [os.environ["FULLBASE_BENCH_BIN"] + "/peer_kmeans", folder / "rows.f32", COLUMNS, folder / "start.f32", clusters,
               ITERATIONS, 1, threads, out]
    if ranks > 1:
        command = ["mpirun", "-n", ranks, *command]
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    printed = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, env=environment).stdout
    labels = np.fromfile(f"{out}.labels.i32", np.int32)
    return json.loads(printed)["seconds"], np.fromfile(f"{out}.centroids.f64").reshape(clusters, -1), labels


def run_faiss(x, start):
    faiss.omp_set_num_threads(2)
    begin = time.perf_counter()
    kmeans = faiss.Kmeans(COLUMNS, len(start), niter=ITERATIONS, min_points_per_centroid=1, max_points_per_centroid=len(x))
    kmeans.train(x, init_centroids=start)
    trained = time.perf_counter() - begin
    _, labels = kmeans.index.search(x, 1)
    return time.perf_counter() - begin, kmeans.centroids.astype(np.float64), labels[:, 0], trained


SKLEARN = """
import os, pickle, sys, time
import numpy as np
folder, clusters, columns, iterations, intelex = sys.argv[1], *map(int, sys.argv[2:])
if intelex:
    from sklearnex import patch_sklearn
    patch_sklearn(verbose=False)
from sklearn.cluster import KMeans
x = np.fromfile(folder + "/rows.f32", np.float32).reshape(-1, columns)
start = np.fromfile(folder + "/start.f32", np.float32).reshape(-1, columns)
begin = time.perf_counter()
model = KMeans(clusters, init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(x)
seconds = time.perf_counter() - begin
np.asarray(model.labels_, np.int32).tofile(folder + "/peer.labels")
np.asarray(model.cluster_centers_, np.float64).tofile(folder + "/peer.centroids")
print(seconds)
"""


def run_sklearn(folder, clusters, intelex):
    command = [sys.executable, "-W", "ignore", "-c", SKLEARN, folder, clusters, COLUMNS, ITERATIONS, int(intelex)]
    printed = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout
    labels = np.fromfile(folder / "peer.labels", np.int32)
    return float(printed.split()[-1]), np.fromfile(folder / "peer.centroids").reshape(clusters, -1), labels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--data", nargs="*", default=["plain", "clouds"])
    options = parser.parse_args()
    lowest = float("inf")
    for kind in options.data:
        for clusters in (64, 256):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                x, start = make_rows(kind, options.rows, clusters)
                x.tofile(folder / "rows.f32")
                start.tofile(folder / "start.f32")
                runs = {
                    "2 threads": lambda: ours(folder, clusters, 1, 2),
                    "faiss": lambda: run_faiss(x, start),
                    "2 ranks": lambda: ours(folder, clusters, 2, 1),
                    "scikit-learn": lambda: run_sklearn(folder, clusters, False),
                    "intelex": lambda: run_sklearn(folder, clusters, True),
                }
                seconds = {run: [] for run in runs}
                seconds["faiss train"] = []
                inertias = {}
                for _ in range(options.repeats):
                    for run, work in runs.items():
                        result = work()
                        seconds[run].append(result[0])
                        if run == "faiss":
                            seconds["faiss train"].append(result[3])
                        inertias[run] = inertia(x, result[1], result[2])
                median = {run: statistics.median(times) for run, times in seconds.items()}
                fastest = min(median[peer] for peer in ("faiss", "scikit-learn", "intelex"))
                for run in ("2 threads", "2 ranks"):
                    ratio = fastest / median[run]
                    lowest = min(lowest, ratio)
                    peers = ", ".join(f"{peer} {median[peer]:.2f} s" for peer in ("faiss", "faiss train", "scikit-learn", "intelex"))
                    quality = ", ".join(f"{peer} {inertias[run] / inertias[peer] - 1:+.1e}" for peer in ("faiss", "scikit-learn", "intelex"))
                    print(f"{kind} k={clusters} {run}: ours {median[run]:.3f} s; {peers}; ratio {ratio:.2f}; "
                          f"inertia {inertias[run]:.9g}, relative to {quality}", flush=True)
    print(f"lowest ratio: {lowest:.2f}")


if __name__ == "__main__":
    main()
