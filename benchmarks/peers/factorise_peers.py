"""The peers of factorise.py, one a process. usage: factorise_peers.py cg|cholesky|libmf FOLDER RANK REGULARISATION ALPHA ITERATIONS THREADS OUT

Prints a line of JSON last, and writes OUT.customers.f32 and OUT.items.f32.
"""
import json
import sys
import time

import numpy as np

import rating_files


def implicit(folder, use_cg, rank, regularisation, alpha, iterations, threads):
    from implicit.cpu.als import AlternatingLeastSquares

    confidences = rating_files.matrix(folder)
    confidences.data = np.float32(1) + np.float32(alpha) * confidences.data
    model = AlternatingLeastSquares(factors=rank, regularization=regularisation, alpha=1.0, use_cg=use_cg, iterations=iterations,
                                    num_threads=threads, random_state=1)
    seconds = []
    begin = time.perf_counter()
    model.fit(confidences, show_progress=False, callback=lambda iteration, elapsed, loss: seconds.append(elapsed))
    return {"iterations": seconds, "seconds": time.perf_counter() - begin}, model.user_factors, model.item_factors


def libmf(folder, rank, regularisation, passes, threads):
    from libmf import mf

    starts, items, values = rating_files.read(folder)
    triples = np.empty((len(items), 3), np.float32)
    triples[:, 0], triples[:, 1], triples[:, 2] = np.repeat(np.arange(len(starts) - 1), np.diff(starts)), items, values
    model = mf.MF(k=rank, nr_threads=threads, nr_iters=passes, lambda_p1=0.0, lambda_q1=0.0, lambda_p2=regularisation,
                  lambda_q2=regularisation, quiet=True)
    begin = time.perf_counter()
    model.fit(triples)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds}, model.p_factors(), model.q_factors()


def main():
    kind, folder, rank, regularisation, alpha, iterations, threads, out = sys.argv[1:]
    rank, regularisation, alpha, iterations, threads = int(rank), float(regularisation), float(alpha), int(iterations), int(threads)
    if kind == "libmf":
        told, customers, items = libmf(folder, rank, regularisation, iterations, threads)
    else:
        told, customers, items = implicit(folder, kind == "cg", rank, regularisation, alpha, iterations, threads)
    rating_files.write_factors(out, customers, items)
    print()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
