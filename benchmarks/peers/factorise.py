"""Matrix factorisation: ours as 2 threads and as 2 ranks beside implicit (conjugate gradient, Cholesky) and LIBMF.

run.sh factorise [--quick] [--runs N] [--limit SECONDS] [--cases NAMES]

Data: what ratings.py makes, 200,000 x 20,000 with 19.1 million pairs and values from 1 to 5; 64 factors; 2 cores for everybody, the
matrix in memory.
- implicit: confidence 1 + value, regularisation 0.01, the same number of iterations, each from its own random factors. Seconds an
  iteration: ours those of all of fit_als() by the iterations, with the objective of each; implicit's as it tells them itself, without
  its transposition of the matrix. The objective of Hu, Koren and Volinsky of everybody's factors is computed by the same code.
- explicit: no biases, regularisation 0.05 that counts as often as a row has entries, as LIBMF has it. Seconds from the matrix in memory
  to the root mean square error over the entries that LIBMF has after its usual 20 passes: LIBMF's whole fit; ours to the end of the
  first iteration whose error is no greater. LIBMF is built with -O3, AVX and OpenMP: see build-factorise.env.
Runs alternate and the median counts; who takes more than the limit is stopped.
"""
import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import rating_files
from peer_runs import DATA, FULLBASE, THREADS, Method, Rows, bring_into_cache, run_all, shown

DRIVER = Path(FULLBASE).with_name("peer_factorise")
PEERS = Path(__file__).with_name("factorise_peers.py")
RANK = 64
IMPLICIT = {"regularisation": 0.01, "alpha": 1.0}
EXPLICIT = {"regularisation": 0.05, "alpha": 1.0}
PASSES = 20  # of LIBMF


def ours(name, ranks, threads, folder, feedback, options, iterations, out):
    command = [DRIVER, folder, feedback, RANK, options["regularisation"], options["alpha"], iterations, threads, out / name.replace(" ", "-")]
    return Method(name, ["mpirun", "-n", ranks, *command] if ranks > 1 else command)


def peer(name, kind, folder, options, iterations, out):
    return Method(name, [sys.executable, "-W", "ignore", PEERS, kind, folder, RANK, options["regularisation"], options["alpha"], iterations,
                         THREADS, out / name.replace(" ", "-")])


def implicit(folder, given, rows, out):
    own = [ours("2 threads", 1, THREADS, folder, "implicit", IMPLICIT, given.iterations, out),
           ours("2 ranks", THREADS, 1, folder, "implicit", IMPLICIT, given.iterations, out)]
    others = [peer("implicit CG", "cg", folder, IMPLICIT, given.iterations, out),
              peer("implicit Cholesky", "cholesky", folder, IMPLICIT, given.iterations, out)]
    standing = run_all("implicit", [*own, *others], own, given.runs, given.limit)
    objective = {method.name: rating_files.implicit_objective(folder, *rating_files.read_factors(out / method.name.replace(" ", "-"), RANK), **IMPLICIT)
                 for method in [*own, *standing]}
    seconds = {method.name: method.median(lambda printed: statistics.mean(printed["iterations"])) for method in standing}
    for method in own:
        told = method.printed[0]["objectives"]
        falls = "falls" if all(a >= b for a, b in zip(told, told[1:])) else "RISES"
        quality = ", ".join(f"{name} {objective[name] / objective[method.name] - 1:+.2e}" for name in seconds)
        rows.row(f"implicit, {given.iterations} iterations, {method.name}", method.median(lambda printed: printed["seconds"][-1] / given.iterations),
                 seconds, f"objective {objective[method.name]:.6e} ({quality}), as told {told[-1] / objective[method.name] - 1:+.0e}, {falls}; "
                          f"{method.printed[0]['bytes_sent'] / 1e6:.0f} MB sent")


def explicit(folder, given, rows, out):
    own = [ours("2 threads", 1, THREADS, folder, "explicit", EXPLICIT, given.iterations, out),
           ours("2 ranks", THREADS, 1, folder, "explicit", EXPLICIT, given.iterations, out)]
    standing = run_all("explicit", [*own, peer("LIBMF", "libmf", folder, EXPLICIT, PASSES, out)], own, given.runs, given.limit)
    target = rating_files.explicit_error(folder, *rating_files.read_factors(out / "LIBMF", RANK))
    seconds = {method.name: method.median(lambda printed: printed["seconds"]) for method in standing}
    for method in own:
        errors = method.printed[0]["rmse"]
        reached = next((i for i, error in enumerate(errors) if error <= target), None)
        if reached is None:
            print(f"explicit, {method.name}: RMSE {errors[-1]:.5f} after {len(errors)} iterations, LIBMF {target:.5f} after {PASSES} passes", flush=True)
            rows.lowest = 0.0
            continue
        at_end = rating_files.explicit_error(folder, *rating_files.read_factors(out / method.name.replace(" ", "-"), RANK))
        rows.row(f"explicit, {method.name}", method.median(lambda printed: printed["seconds"][reached]), seconds,
                 f"RMSE {errors[reached]:.5f} after {reached + 1} iterations (LIBMF {target:.5f} after {PASSES} passes), {at_end:.5f} after {len(errors)}, "
                 f"which take {shown(method.median(lambda printed: printed['seconds'][-1]))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--limit", type=float, default=600, help="seconds after which somebody is stopped")
    parser.add_argument("--cases", default="implicit,explicit", help="by comma")
    parser.add_argument("--quick", action="store_true", help="small data, one run: whether all of it works")
    given = parser.parse_args()
    size = (4_000, 1_000) if given.quick else (200_000, 20_000)
    if given.quick:
        given.runs = 1
    folder = rating_files.ratings(*size)
    bring_into_cache(folder)
    starts, items, _ = rating_files.read(folder)
    print(f"{len(starts) - 1:,} x {items.max() + 1:,}, {len(items):,} pairs, {RANK} factors, {THREADS} cores for everybody, median of {given.runs}", flush=True)
    rows = Rows()
    with tempfile.TemporaryDirectory(dir=DATA) as out:
        for case in given.cases.split(","):
            {"implicit": implicit, "explicit": explicit}[case](folder, given, rows, Path(out).resolve())
    rows.end()


if __name__ == "__main__":
    main()
