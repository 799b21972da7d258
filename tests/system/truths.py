"""What the scripts share that look at outputs: truths that hold or do not, and tables as anndata reads them."""
import sys

import anndata
import h5py
import numpy as np

truths = 0
breaches = []


def breach(text):
    breaches.append(text)


def holds(what, truth, detail=""):
    global truths
    truths += 1
    if not truth:
        breach(f"{what} {detail}".rstrip())


def close(what, expected, actual, tolerance=1e-12):
    holds(f"{what}: expected {expected}, got {actual}", np.allclose(expected, actual, rtol=tolerance, atol=tolerance, equal_nan=True))


def read(path, table):
    with h5py.File(path) as file:
        return anndata.io.read_elem(file[table])


def finish(looked_at=None):
    """Prints a line for each of the first breaches and a last line "<n> truths, <n> breaches", or with what was looked at in place of
    truths; ends with 1 if there is a breach."""
    for text in breaches[:20]:
        print(f"BREACH: {text}")
    print(f"{looked_at or f'{truths} truths'}, {len(breaches)} breaches")
    sys.exit(1 if breaches else 0)
