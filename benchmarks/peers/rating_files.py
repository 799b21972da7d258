"""The matrix that ratings.py makes, and what factors of it are worth, computed alike for everybody."""
import sys
from pathlib import Path

import numpy as np

from peer_runs import DATA, made_once, output_of

AT_ONCE = 250_000


def ratings(customers, items):
    """The folder, made once."""
    make = Path(__file__).with_name("ratings.py")
    return made_once(DATA / f"ratings-{customers}-{items}", lambda path: output_of([sys.executable, make, path, customers, items]))


def read(folder):
    """starts, items, values"""
    folder = Path(folder)
    return np.fromfile(folder / "starts.i64", np.int64), np.fromfile(folder / "items.i32", np.int32), np.fromfile(folder / "values.f32", np.float32)


def matrix(folder):
    import scipy.sparse

    starts, items, values = read(folder)
    return scipy.sparse.csr_matrix((values, items, starts.astype(np.int32)), shape=(len(starts) - 1, int(items.max()) + 1))


def read_factors(prefix, rank):
    return [np.fromfile(f"{prefix}.{side}.f32", np.float32).reshape(-1, rank) for side in ("customers", "items")]


def write_factors(prefix, customers, items):
    for side, factors in (("customers", customers), ("items", items)):
        np.ascontiguousarray(factors, np.float32).tofile(f"{prefix}.{side}.f32")


def scored(folder, x, y):
    """Values and scores of the entries, some at a time."""
    starts, items, values = read(folder)
    who = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    for first in range(0, len(values), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        yield values[part].astype(np.float64), np.einsum("ij,ij->i", x[who[part]], y[items[part]]).astype(np.float64)


def implicit_objective(folder, x, y, regularisation, alpha):
    """Hu, Koren, Volinsky 2008: over all pairs, those without an entry by Gramians."""
    total = sum(float(np.sum((1 + alpha * values) * (1 - scores) ** 2 - scores**2)) for values, scores in scored(folder, x, y))
    x, y = x.astype(np.float64), y.astype(np.float64)
    return total + float(np.sum((x.T @ x) * (y.T @ y))) + regularisation * float(np.sum(x**2) + np.sum(y**2))


def explicit_error(folder, x, y):
    """RMSE over the entries."""
    squares = count = 0
    for values, scores in scored(folder, x, y):
        squares, count = squares + float(np.sum((values - scores) ** 2)), count + len(values)
    return (squares / count) ** 0.5


def write_lists(path, lists, rows, ids, scores):
    """Entries of lists in any order, each list's greatest score first, of equal ones the lowest id."""
    order = np.lexsort((ids, -scores, rows))
    np.bincount(rows, minlength=lists).astype(np.int64).tofile(f"{path}.lengths.i64")
    ids[order].astype(np.int32).tofile(f"{path}.ids.i32")
    scores[order].astype(np.float32).tofile(f"{path}.scores.f32")


def read_lists(path, most):
    """ids and scores, a row a list; -1 and 0 where it is shorter."""
    lengths = np.fromfile(f"{path}.lengths.i64", np.int64)
    present = np.arange(most) < lengths[:, None]
    ids, scores = np.full(present.shape, -1, np.int32), np.zeros(present.shape, np.float32)
    ids[present], scores[present] = np.fromfile(f"{path}.ids.i32", np.int32), np.fromfile(f"{path}.scores.f32", np.float32)
    return ids, scores
