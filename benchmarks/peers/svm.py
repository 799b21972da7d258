"""Support vector machines: ours as 2 threads and as 2 ranks beside scikit-learn and scikit-learn-intelex.

"rbf": 20,000 rows to train on and 5,000 to test, 28 standardized columns of float64, two classes, of which 10 columns tell by
clusters and 5 % of the rows are mislabelled; C = 1, gamma = 1/28, LIBSVM's tolerance of 0.001, 1.6 GiB for columns of the kernel
(ours 2 GiB). Peers: SVC (LIBSVM, which has one thread) and intelex's SVC. Quality: the dual objective, which is minimised, and
accuracy on the test rows. "linear": 1,000,000 rows, squared hinge, C = 1, intercept penalised. Peers: LinearSVC(dual=False)
(liblinear) at a tolerance of 1e-8, which has one thread. Quality: the objective, computed alike for both. What is timed: from rows
in memory to the machine; 2 cores for everybody. Each figure is the median of the repeats, which alternate.
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
from sklearn.datasets import make_classification  # noqa: E402

COLUMNS, TEST = 28, 5_000
GAMMA, GAP = 1 / COLUMNS, 1e-3
BIN = os.environ.get("FULLBASE_BENCH_BIN", "build-bench/bin")


def make(folder, rows, test):
    x, y = make_classification(rows + test, COLUMNS, n_informative=10, flip_y=0.05, class_sep=0.8, random_state=1)
    x = (x - x[:rows].mean(axis=0)) / x[:rows].std(axis=0)
    folder.mkdir()
    for name, part in (("train", slice(rows)), ("test", slice(rows, None))):
        x[part].tofile(folder / f"{name}.f64")
        y[part].astype(np.int32).tofile(folder / f"{name}.i32")


def ours(arguments, ranks, threads, place, result, found):
    command = [f"{BIN}/peer_svm", *arguments]
    command[place] = threads
    if ranks > 1:
        command = ["mpirun", "-n", ranks, *command]
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, env=environment)
    found.update(json.loads(done.stdout), values=np.fromfile(result))
    result.unlink()
    return found["seconds"]


PEER = """
import json, sys, time
import numpy as np
folder, name, result, c, gamma, gap = *sys.argv[1:4], *map(float, sys.argv[4:])
x = np.fromfile(folder + "/train.f64").reshape(-1, 28)
y = np.fromfile(folder + "/train.i32", np.int32)
if name == "intelex":
    from sklearnex import patch_sklearn
    patch_sklearn(verbose=False)
from sklearn.svm import SVC, LinearSVC
begin = time.perf_counter()
if name == "liblinear":
    model = LinearSVC(dual=False, C=c, tol=gap, max_iter=10000).fit(x, y)
else:
    model = SVC(C=c, gamma=gamma, tol=gap, cache_size=1600).fit(x, y)
seconds = time.perf_counter() - begin
if name == "liblinear":
    np.append(model.coef_[0], model.intercept_).tofile(result)
    print(json.dumps(dict(seconds=seconds)))
else:
    model.decision_function(np.fromfile(folder + "/test.f64").reshape(-1, 28)).tofile(result)
    a = model.dual_coef_[0]
    inside = model.decision_function(x[model.support_]) - model.intercept_[0]
    print(json.dumps(dict(seconds=seconds, objective=0.5 * a @ inside - np.abs(a).sum(), support=len(a))))
"""


def peer(name, folder, c, gap, found):
    result = folder / f"peer.{os.getpid()}"
    printed = output_of([sys.executable, "-W", "ignore", "-c", PEER, folder, name, result, c, GAMMA, gap])
    found.update(json.loads(printed.splitlines()[-1]), values=np.fromfile(result))
    result.unlink()
    return found["seconds"]


def run(rows, case, own, peers, repeats, quality):
    """`own`: {name: run(found)}, `peers` alike; `quality(found)`: a number and a text."""
    found = {name: {} for name in (*own, *peers)}
    median = alternating_medians({name: lambda name=name, work=work: work(found[name]) for name, work in {**own, **peers}.items()}, repeats)
    for name in own:
        texts = "; ".join(f"{other} {quality(found[other])}" for other in (name, *peers))
        rows.row(f"{case}, {name}", median[name], {other: median[other] for other in peers}, texts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rbf-rows", type=int, default=20_000)
    parser.add_argument("--linear-rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rows = Rows()

    folder = made_once(DATA / f"svm-{options.rbf_rows}", lambda path: make(path, options.rbf_rows, TEST))
    yes = np.fromfile(folder / "test.i32", np.int32) == 1
    result = folder / f"ours.{os.getpid()}"
    arguments = ["rbf", folder / "train.f64", COLUMNS, folder / "train.i32", 1, GAMMA, GAP, 0, folder / "test.f64", result]
    run(rows, f"rbf, {options.rbf_rows} rows",
        {"2 threads": lambda found: ours(arguments, 1, 2, 8, result, found), "2 ranks": lambda found: ours(arguments, 2, 1, 8, result, found)},
        {"scikit-learn": lambda found: peer("scikit-learn", folder, 1, GAP, found), "intelex": lambda found: peer("intelex", folder, 1, GAP, found)},
        options.repeats,
        lambda found: f"objective {found['objective']:.6f}, {found['support']} vectors, accuracy {((found['values'] > 0) == yes).mean():.4f}")

    folder = made_once(DATA / f"svm-{options.linear_rows}", lambda path: make(path, options.linear_rows, TEST))
    x, sign = np.fromfile(folder / "train.f64").reshape(-1, COLUMNS), np.fromfile(folder / "train.i32", np.int32) * 2 - 1
    result = folder / f"ours.{os.getpid()}"
    line = ["linear", folder / "train.f64", COLUMNS, folder / "train.i32", 1, 0, result]

    def objective(found):
        w = found["values"]
        slack = np.maximum(0, 1 - sign * (x @ w[:-1] + w[-1]))
        return f"objective {slack @ slack + 0.5 * w @ w:.6f}"
    run(rows, f"linear, {options.linear_rows} rows",
        {"2 threads": lambda found: ours(line, 1, 2, 6, result, found), "2 ranks": lambda found: ours(line, 2, 1, 6, result, found)},
        {"liblinear": lambda found: peer("liblinear", folder, 1, 1e-8, found)}, options.repeats, objective)
    rows.end()


if __name__ == "__main__":
    main()
