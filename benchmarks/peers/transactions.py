"""The generated lines of customers as every peer reads them, and timed runs on them: what rfm.py, aggregate.py and join.py share."""
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from peer_runs import DATA, FULLBASE, THREADS, Rows, made_once, output_of, process_seconds


def transactions(customers, rows):
    """Store, Parquet file and DuckDB database of the same lines; made once."""
    name = f"rfm-{customers}-{rows}"
    size = ["--customers", customers, "--lines", rows]
    store = made_once(DATA / f"{name}.store", lambda path: output_of([FULLBASE, "generate", "--store", path, *size]))
    parquet = made_once(DATA / f"{name}.parquet", lambda path: make_parquet(store, path))
    database = made_once(DATA / f"{name}.duckdb", lambda path: make_database(parquet, path))
    return store, parquet, database


def make_parquet(store, target):
    """The store's lines as Parquet, with the types that they have there: texts as texts, prices as decimals."""
    import h5py
    import pyarrow as pa
    import pyarrow.parquet as parquet

    writer = None
    for part in sorted(Path(store).glob("transactions-*.h5")):
        lines = h5py.File(part)["rows"]
        customers = pa.array(lines["customer/categories"].asstr()[:])
        for first in range(0, lines["time"].shape[0], 1 << 20):
            piece = np.s_[first:first + (1 << 20)]
            cents = lines["price"][piece]
            halves = np.stack([cents, cents >> 63], axis=1)  # a 128-bit decimal is two words
            table = pa.table({
                "invoice": lines["invoice"][piece],
                "customer": pa.DictionaryArray.from_arrays(pa.array(lines["customer/codes"][piece]), customers).cast(pa.string()),
                "time": pa.array(lines["time"][piece]).cast(pa.timestamp("us")),
                "quantity": lines["quantity"][piece],
                "price": pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(np.ascontiguousarray(halves))]),
            })
            writer = writer or parquet.ParquetWriter(target, table.schema)
            writer.write_table(table)
    writer.close()


def make_database(lines, target):
    import duckdb

    with duckdb.connect(str(target)) as connection:
        connection.execute(f"create table lines as select * from '{lines}'")


def run_ours(job, output, ranks, threads):
    Path(output).unlink(missing_ok=True)
    command = [FULLBASE, "run", job, "--fresh", "--quiet", "--set", f"resources.threads={threads}"]
    return process_seconds(["mpirun", "-n", ranks, *command] if ranks > 1 else command)


def run_peer(target, module, code, within, **names):
    """A process of its own for each run; appends to `within` the seconds after its imports."""
    Path(target).unlink(missing_ok=True)
    given = "\n".join(f"{name} = {str(value)!r}" for name, value in {"target": target, **names}.items())
    text = f"import os, time\n{module}\n{given}\nbegin = time.perf_counter()\n{code}\nprint(time.perf_counter() - begin)"
    begin = time.perf_counter()
    within.append(float(output_of([sys.executable, "-c", text], POLARS_MAX_THREADS=str(THREADS)).split()[-1]))
    return time.perf_counter() - begin


def report(title, median, within, quality):
    """A row for ours on 2 ranks and on 2 threads, beside the peers whose times `within` their processes are given."""
    print(title)
    print("peers without the start of Python: " + ", ".join(f"{peer} {statistics.median(times):.2f} s" for peer, times in within.items()))
    rows = Rows()
    for case in ("2 ranks", "2 threads"):
        rows.row(case, median[case], {peer: median[peer] for peer in within}, quality)
    rows.end()
