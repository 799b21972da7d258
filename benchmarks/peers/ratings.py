"""What customers have of items, for comparisons of factors, neighbours and recommendations: a sparse matrix in plain files.

usage: ratings.py FOLDER [CUSTOMERS [ITEMS]], by default 200,000 x 20,000: about 19.1 million pairs

FOLDER/starts.i64 (customers + 1), items.i32, values.f32: row by row, columns ascending, each pair once; everybody has a pair. Items are
drawn by a Zipf-Mandelbrot law (their numbers say nothing of it), customers' lengths are log-normal. Values are whole stars from 1 to 5:
a mean, what is usual for customer and item, eight hidden tastes, noise. The same seed gives the same files.
"""
import sys
from pathlib import Path

import numpy as np

TASTES = 8
AT_ONCE = 2_000_000
MOST = 0.25  # of the items, that a customer has at most


def distinct(keys):
    """Sorted, each once. Faster than numpy.unique for many."""
    keys.sort()
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])]


def pairs(random, customers, items):
    """Customers and items of distinct pairs, sorted."""
    lengths = np.minimum(random.lognormal(np.log(96) - 0.5, 1.0, customers) * 0.99, MOST * items).astype(np.int64) + 1
    popularity = np.cumsum((np.arange(items) + 60.0) ** -0.8)
    names = random.permutation(items)
    # Again and again for what came twice, until hardly anything is missing.
    keys = np.arange(items) % customers * items + np.arange(items)  # so that everything has a pair
    missing = lengths
    for _ in range(3):
        who = np.repeat(np.arange(customers), missing)
        drawn = np.searchsorted(popularity, random.random(len(who)) * popularity[-1])
        keys = distinct(np.concatenate([keys, who * items + names[np.minimum(drawn, items - 1)]]))
        missing = np.maximum(0, lengths - np.bincount(keys // items, minlength=customers))
    return keys // items, (keys % items).astype(np.int32)


def stars(random, who, what, customers, items):
    usual = [0.4 * random.standard_normal(size, np.float32) for size in (customers, items)]
    tastes = [random.standard_normal((size, TASTES), np.float32) for size in (customers, items)]
    values = np.empty(len(who), np.float32)
    for first in range(0, len(who), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        u, i = who[part], what[part]
        score = np.einsum("ij,ij->i", tastes[0][u], tastes[1][i]) * np.float32(0.6 / TASTES**0.5)
        score += usual[0][u] + usual[1][i] + np.float32(3.6) + 0.6 * random.standard_normal(len(u), np.float32)
        values[part] = np.clip(np.rint(score), 1, 5)
    return values


def main():
    folder = Path(sys.argv[1])
    customers, items = (int(size) for size in (sys.argv[2:] + ["200000", "20000"][len(sys.argv) - 2:]))
    random = np.random.default_rng(7)
    who, what = pairs(random, customers, items)
    folder.mkdir(parents=True, exist_ok=True)
    np.concatenate([[0], np.cumsum(np.bincount(who, minlength=customers))]).astype(np.int64).tofile(folder / "starts.i64")
    what.tofile(folder / "items.i32")
    stars(random, who, what, customers, items).tofile(folder / "values.f32")


if __name__ == "__main__":
    main()
