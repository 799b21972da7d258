"""Logistic regression: ours as 2 threads and as 2 ranks beside scikit-learn's solvers and scikit-learn-intelex.

Data: 1,000,000 x 28 float64, standard normal, a quarter of the columns exponentials of it, classes drawn by their true probabilities; two
classes, and three. The objective is the same for all: C = 1, the intercept free, columns as they are. What is timed: from rows in memory
to coefficients, for ours the making of its design included; 2 cores for everybody. Peers run at their default tolerance, where lbfgs ends
early, and (named "exact") at one that brings them where ours ends. Objective and gradient of everyone's coefficients are computed alike, by
numpy in double; the ratio is that to the fastest of all, however far its gradient still is. Each figure is the median of the repeats,
which alternate.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from peer_runs import THREADS, Rows, alternating_medians, output_of

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)
import numpy as np  # noqa: E402

COLUMNS = 28
BENCH = os.environ.get("FULLBASE_BENCH_BIN", "build-bench/bin") + "/peer_logistic"

PEER = """
import sys, time
import numpy as np
folder, columns, solver, tolerance, target = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
if solver == "intelex":
    from sklearnex import patch_sklearn
    patch_sklearn(verbose=False)
    solver = "lbfgs"
from sklearn.linear_model import LogisticRegression
x = np.fromfile(folder + "/rows.f64").reshape(-1, columns)
y = np.fromfile(folder + "/classes.i32", np.int32)
begin = time.perf_counter()
model = LogisticRegression(C=1.0, solver=solver, tol=float(tolerance), max_iter=1000).fit(x, y)
seconds = time.perf_counter() - begin
np.concatenate([model.coef_, model.intercept_[:, None]], axis=1).tofile(target)
print(seconds)
"""
DEFAULT, EXACT = "1e-4", "1e-10"
PEERS = {"lbfgs": ("lbfgs", DEFAULT), "newton-cholesky": ("newton-cholesky", DEFAULT), "newton-cg": ("newton-cg", DEFAULT),
         "intelex": ("intelex", DEFAULT), "lbfgs exact": ("lbfgs", EXACT), "newton-cholesky exact": ("newton-cholesky", EXACT)}


def make_rows(rows, classes):
    random = np.random.default_rng(1)
    x = random.standard_normal((rows, COLUMNS))
    x[:, : COLUMNS // 4] = np.exp(0.5 * x[:, : COLUMNS // 4])
    scores = x @ (0.3 * random.standard_normal((COLUMNS, classes))) + random.standard_normal(classes)
    return x, np.argmax(scores + random.gumbel(size=scores.shape), axis=1).astype(np.int32)


def ours(folder, classes, ranks, threads):
    command = [BENCH, folder / "rows.f64", COLUMNS, folder / "classes.i32", classes, 1, 1, threads, folder / "ours"]
    if ranks > 1:
        command = ["mpirun", "-n", ranks, *command]
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    printed = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, env=environment).stdout
    return json.loads(printed)["seconds"]


def peer(folder, solver, tolerance, name):
    command = [sys.executable, "-W", "ignore", "-c", PEER, folder, COLUMNS, solver, tolerance, folder / name]
    return float(output_of(command).split()[-1])


def objective_and_gradient(x, y, coefficients):
    """Of C = 1; the gradient's greatest term over that of no coefficients at all."""
    def at(w):
        scores = x @ w[:, :-1].T + w[:, -1]
        if len(w) == 1:
            margin = np.where(y == 1, scores[:, 0], -scores[:, 0])
            loss = np.logaddexp(0, -margin).sum()
            residual = 1 / (1 + np.exp(-scores)) - y[:, None]
        else:
            scores -= scores.max(1, keepdims=True)
            sums = np.exp(scores).sum(1, keepdims=True)
            loss = (np.log(sums[:, 0]) - scores[np.arange(len(y)), y]).sum()
            residual = np.exp(scores) / sums
            residual[np.arange(len(y)), y] -= 1
        gradient = np.concatenate([residual.T @ x + w[:, :-1], residual.sum(0)[:, None]], axis=1)
        return loss + 0.5 * (w[:, :-1] ** 2).sum(), np.abs(gradient).max()
    value, gradient = at(coefficients)
    return value, gradient / at(np.zeros_like(coefficients))[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--classes", type=int, nargs="*", default=[2, 3])
    options = parser.parse_args()
    table = Rows()
    for classes in options.classes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            x, y = make_rows(options.rows, classes)
            x.tofile(folder / "rows.f64")
            y.tofile(folder / "classes.i32")
            runs = {"2 threads": lambda: ours(folder, classes, 1, 2), "2 ranks": lambda: ours(folder, classes, 2, 1)}
            for peer_name, (solver, tolerance) in PEERS.items():
                runs[peer_name] = lambda s=solver, t=tolerance, n=peer_name: peer(folder, s, t, n)
            median = alternating_medians(runs, options.repeats)
            quality = {}
            for run in ("ours", *PEERS):
                coefficients = np.fromfile(folder / run).reshape(-1, COLUMNS + 1)
                quality[run] = objective_and_gradient(x, y, coefficients)
            best = min(value for value, _ in quality.values())
            shown = ", ".join(f"{run} {value - best:.1e} ({gradient:.0e})" for run, (value, gradient) in quality.items())
            for run in ("2 threads", "2 ranks"):
                table.row(f"{classes} classes, {run}", median[run], {p: median[p] for p in PEERS},
                          f"objective above {best:.6f} (gradient's share of its first): {shown}")
    table.end()


if __name__ == "__main__":
    main()
