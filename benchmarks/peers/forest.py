"""Random forests: ours as 2 threads and as 2 ranks beside LightGBM, XGBoost and scikit-learn-intelex.

Data: 900,000 rows to train on and 100,000 to test, 28 columns of float32, two classes: half of the columns tell of the class, by
sums, products and thresholds, half of them do not. "depth 12": 50 trees of at most 12 splits in a row. "no limit": 20 trees of any
depth with at least 5 rows a leaf, without LightGBM, whose trees are limited by their leaves. Everybody draws rows with
replacement where it can (LightGBM and XGBoost: 63.2 % without) and looks at 5 columns a node, and bins by 255 or 256. What is
timed: from the rows in memory, as everybody wants them (columns for us, an array by rows for the others), to the grown forest,
making bins included; 2 cores for everybody. AUC is of the test rows, by scikit-learn for all. Each figure is the median of the
repeats, which alternate. Memory: what our process (each rank) grew by at most while it binned and grew, as a multiple of its binned
matrix (1 byte a value); the forest, which is the result, is told apart.
"""
import argparse
import json
import os
import subprocess
import sys

from peer_runs import DATA, THREADS, Rows, alternating_medians, made_once, output_of

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)
import numpy as np  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402

TRAIN, TEST, COLUMNS, FEATURES_PER_NODE = 900_000, 100_000, 28, 5
BIN = os.environ.get("FULLBASE_BENCH_BIN", "build-bench/bin")
FOLDER = DATA / "forest"


def make(folder):
    random = np.random.default_rng(7)
    rows = TRAIN + TEST
    x = random.standard_normal((rows, COLUMNS), dtype=np.float32)
    x[:, 14:21] = np.abs(x[:, 14:21]) ** 1.5
    x[:, 21:] = np.round(x[:, 21:] * 4)
    score = (x[:, 0] * x[:, 1] + np.abs(x[:, 2]) * 1.2 + np.where(x[:, 3] > 0.5, x[:, 4], -x[:, 5]) + 0.8 * np.sin(2 * x[:, 6])
             + 0.9 * np.maximum(x[:, 14], x[:, 15]) - 0.7 * x[:, 16] + 0.15 * x[:, 21] * (x[:, 22] > 0) + 0.6 * x[:, 7]
             - 0.5 * x[:, 8] * (x[:, 9] > 0))
    score += 1.1 * random.standard_normal(rows)
    y = (score > np.median(score)).astype(np.uint8)
    folder.mkdir()
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    x[:TRAIN].T.tofile(folder / "train.f32")
    x[TRAIN:].T.tofile(folder / "test.f32")
    y[:TRAIN].tofile(folder / "labels.u8")


def ours(trees, depth, min_rows, ranks, threads, found):
    scores = FOLDER / f"scores.{os.getpid()}"
    command = [f"{BIN}/peer_forest", FOLDER / "train.f32", FOLDER / "labels.u8", FOLDER / "test.f32", COLUMNS, trees, depth,
               FEATURES_PER_NODE, min_rows, threads, scores]
    if ranks > 1:
        command = ["mpirun", "-n", ranks, *command]
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, env=environment)
    printed = json.loads(done.stdout)
    found["auc"] = roc_auc_score(np.load(FOLDER / "y.npy")[TRAIN:], np.fromfile(scores))
    found["memory"] = printed["memory"]
    found["forest"] = printed["forest"]
    found["binning"] = printed["binning"]
    scores.unlink()
    return printed["seconds"]


PEER = """
import json, sys, time
import numpy as np
folder, name, train, trees, depth, features, min_rows, threads = sys.argv[1:3] + [int(v) for v in sys.argv[3:]]
x, y = np.load(folder + "/x.npy"), np.load(folder + "/y.npy")
a, b, c = x[:train].copy(), y[:train].copy(), x[train:].copy()
share = features / a.shape[1]
if name == "LightGBM":
    import lightgbm
    begin = time.perf_counter()
    model = lightgbm.train(
        dict(objective="binary", boosting="rf", bagging_fraction=0.632, bagging_freq=1, feature_fraction_bynode=share,
             num_leaves=2 ** depth, max_depth=depth, min_data_in_leaf=min_rows, min_sum_hessian_in_leaf=0, max_bin=255,
             num_threads=threads, verbose=-1, seed=1), lightgbm.Dataset(a, b), trees)
    seconds = time.perf_counter() - begin
    scores = model.predict(c)
elif name == "XGBoost":
    import xgboost
    begin = time.perf_counter()
    model = xgboost.XGBRFClassifier(n_estimators=trees, max_depth=depth, subsample=0.632, colsample_bynode=share, max_bin=256,
                                    tree_method="hist", min_child_weight=0.25 * min_rows, reg_lambda=0, n_jobs=threads,
                                    random_state=1).fit(a, b)
    seconds = time.perf_counter() - begin
    scores = model.predict_proba(c)[:, 1]
else:
    from sklearnex.ensemble import RandomForestClassifier
    begin = time.perf_counter()
    model = RandomForestClassifier(trees, max_depth=depth or None, max_features=features, min_samples_leaf=min_rows,
                                   n_jobs=threads, random_state=1, max_bins=256).fit(a, b)
    seconds = time.perf_counter() - begin
    scores = model.predict_proba(c)[:, 1]
from sklearn.metrics import roc_auc_score
print(json.dumps(dict(seconds=seconds, auc=roc_auc_score(y[train:], scores))))
"""


def peer(name, trees, depth, min_rows, found):
    printed = output_of([sys.executable, "-W", "ignore", "-c", PEER, FOLDER, name, TRAIN, trees, depth, FEATURES_PER_NODE, min_rows,
                         THREADS])
    result = json.loads(printed.splitlines()[-1])
    found["auc"] = result["auc"]
    return result["seconds"]


def compare(rows, case, trees, depth, min_rows, peers, repeats):
    found = {name: {} for name in ("2 threads", "2 ranks", *peers)}
    runs = {"2 threads": lambda: ours(trees, depth, min_rows, 1, 2, found["2 threads"]),
            "2 ranks": lambda: ours(trees, depth, min_rows, 2, 1, found["2 ranks"])}
    for name in peers:
        runs[name] = lambda name=name: peer(name, trees, depth, min_rows, found[name])
    median = alternating_medians(runs, repeats)
    best = max(found[name]["auc"] for name in peers)
    for own in ("2 threads", "2 ranks"):
        quality = ", ".join(f"{name} {found[name]['auc']:.4f}" for name in peers)
        rows.row(f"{case}, {own}", median[own], {name: median[name] for name in peers},
                 f"AUC {found[own]['auc']:.4f} ({quality}; {found[own]['auc'] - best:+.4f} to the best), "
                 f"binning {found[own]['binning']:.2f} s, memory {found[own]['memory']:.2f} of the binned matrix, and {found[own]['forest']:.2f} the forest")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    made_once(FOLDER, make)
    rows = Rows()
    compare(rows, "depth 12, 50 trees", 50, 12, 1, ["LightGBM", "XGBoost", "intelex"], options.repeats)
    compare(rows, "no limit, 20 trees", 20, 0, 5, ["intelex"], options.repeats)
    rows.end()


if __name__ == "__main__":
    main()
